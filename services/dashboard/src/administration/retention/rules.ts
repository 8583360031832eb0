import { z } from "zod";
import type { Schemas } from "@/api/client";

export const CLASSES = ["messages", "media", "dead_letters", "reads"] as const;
export type RetentionClass = (typeof CLASSES)[number];

export interface Rule {
    kind: RetentionClass;
    /** Null: kept for good. */
    days: number | null;
    since: string | null;
    by: string | null;
}

type Entry = Pick<Schemas["AuditEntry"], "id" | "at" | "actor" | "action" | "data">;

const dataOf = z.object({ class: z.enum(CLASSES), days: z.number().optional() });

/** What holds of each class now: the newest of what was set and ended, as the audit log has it. */
export function rulesOf(entries: readonly Entry[]): Rule[] {
    return CLASSES.map((kind) => {
        const last = entries.filter((entry) => classOf(entry) === kind).sort(newestFirst)[0];
        const days = last?.action === "retention.set" ? (dataOf.parse(last.data).days ?? null) : null;
        return { kind, days, since: last?.at ?? null, by: last?.actor?.name ?? null };
    });
}

function classOf({ data }: Entry): RetentionClass | null {
    const read = dataOf.safeParse(data);
    return read.success ? read.data.class : null;
}

/** Ids rise with time; two entries of a millisecond have different ones. */
function newestFirst(one: Entry, other: Entry): number {
    return Date.parse(other.at) - Date.parse(one.at) || Number(other.id) - Number(one.id);
}
