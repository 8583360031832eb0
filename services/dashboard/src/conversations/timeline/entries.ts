import { dayIn } from "@/i18n/times";
import type { Action, TimelineMessage as Message } from "../entities";

/**
 * One line of the timeline. Its key stays the same while its message goes from sending to read. Days and the unread mark
 * belong to the line below them: were they lines of their own, the one that holds the view's place could vanish when
 * older messages come.
 */
export type Entry = {
    key: string;
    at: string;
    /** A new day begins above. */
    newDay: boolean;
    /** How many messages are unread from here on. */
    unread: number | null;
} & (
    | { kind: "action"; action: Action }
    | { kind: "message"; message: Message; first: boolean; last: boolean; quoted: Message | null }
);
export type MessageEntry = Extract<Entry, { kind: "message" }>;

export type Shown = {
    messages: readonly Message[];
    actions: readonly Action[];
    /** Whether older messages are still to be fetched: then older actions wait for them. */
    hasMore: boolean;
    zone: string;
    /** The first message that was unread when the conversation was opened, and how many were. */
    unread: { key: string; count: number } | null;
};

const GROUPED_MS = 2 * 60_000;

/** Messages and what happened around them, by time. */
export function entriesOf(shown: Shown): Entry[] {
    const quotable = byProviderId(shown.messages);
    let day = "";
    const entries = inOrder(shown).map((item, index): Entry => {
        const at = momentOf(item);
        const itemDay = dayIn(shown.zone, new Date(at));
        // Whether the oldest of them begins its day only older ones can tell. A day that was shown there would go when they
        // come, and everything below would move; the pill on top says the day meanwhile.
        const newDay = itemDay !== day && !(index === 0 && shown.hasMore);
        day = itemDay;
        if ("action_type" in item)
            return { kind: "action", key: `action:${item.id}`, at, newDay, unread: null, action: item };
        const unread = shown.unread?.key === item.key ? shown.unread.count : null;
        const quoted = item.reply_to === null ? null : (quotable.get(item.reply_to) ?? null);
        return { kind: "message", key: item.key, at, newDay, unread, message: item, first: true, last: true, quoted };
    });
    return grouped(entries);
}

function inOrder(shown: Shown): (Message | Action)[] {
    const from = shown.hasMore ? Date.parse(shown.messages[0]?.timestamp ?? "") : Number.NEGATIVE_INFINITY;
    const actions = shown.actions.filter((action) => !(Date.parse(action.created_at) < from));
    const items: (Message | Action)[] = [];
    let next = 0;
    for (const message of shown.messages) {
        const at = Date.parse(message.timestamp);
        for (let action = actions[next]; action && Date.parse(action.created_at) < at; action = actions[++next])
            items.push(action);
        items.push(message);
    }
    return [...items, ...actions.slice(next)];
}

function momentOf(item: Message | Action): string {
    return "action_type" in item ? item.created_at : item.timestamp;
}

function byProviderId(messages: readonly Message[]): Map<string, Message> {
    const named = messages.filter((message) => message.external_id !== null);
    return new Map(named.map((message) => [message.external_id as string, message]));
}

// Several messages of one person in a row stand together, under one name and above one time.
function grouped(entries: Entry[]): Entry[] {
    return entries.map((entry, index) => {
        if (entry.kind !== "message") return entry;
        return {
            ...entry,
            first: !together(entries[index - 1], entry),
            last: !together(entry, entries[index + 1]),
        };
    });
}

function together(one: Entry | undefined, other: Entry | undefined): boolean {
    if (one?.kind !== "message" || other?.kind !== "message" || other.newDay || other.unread !== null) return false;
    const apart = Date.parse(other.at) - Date.parse(one.at);
    return authorOf(one.message) === authorOf(other.message) && Math.abs(apart) < GROUPED_MS;
}

function authorOf(message: Message): string {
    const note = message.message_type === "note" ? "note" : "message";
    return [note, message.sender_type, message.sender_user_id ?? "", message.sender_name ?? ""].join("\u0000");
}
