import type { Conversation } from "../entities";

/** How pressing a wait is: what a colour and an icon say beside the words. */
export type Pressure = "fresh" | "long" | "overdue";

const LONG_MS = 10 * 60_000;
const OVERDUE_MS = 60 * 60_000;

type Entry = Pick<Conversation, "status" | "last_message_sender" | "timestamp">;

/** Since when the patient waits for an answer; null where nobody does. */
export function waitingSince(entry: Entry): string | null {
    return entry.status === "active" && entry.last_message_sender === "patient" ? entry.timestamp : null;
}

export function pressureOf(since: string, now: Date): Pressure {
    const waited = now.getTime() - Date.parse(since);
    if (waited >= OVERDUE_MS) return "overdue";
    return waited >= LONG_MS ? "long" : "fresh";
}

/** Whoever of them waits longest: since when, or null where nobody waits. */
export function oldestWait(entries: readonly Entry[]): string | null {
    return entries.reduce<string | null>((oldest, entry) => earlier(oldest, waitingSince(entry)), null);
}

function earlier(one: string | null, other: string | null): string | null {
    if (one === null || other === null) return one ?? other;
    return Date.parse(other) < Date.parse(one) ? other : one;
}
