import type { Schemas } from "@/api/client";

export type Rule = Schemas["Rule"];
export const RETENTION_KEY = ["retention"] as const;

type Bounds = { fewest_days: number; most_days: number };

/** The days that somebody typed: null where they left it empty, which keeps everything; undefined where it is no such number. */
export function daysIn(text: string, { fewest_days: fewest, most_days: most }: Bounds): number | null | undefined {
    const typed = text.trim();
    if (typed === "") return null;
    const days = Number(typed);
    return /^\d+$/.test(typed) && days >= fewest && days <= most ? days : undefined;
}

/** A change of one class; what is not named stays, so the others are not named. */
export function bodyOf(kind: Rule["class"], days: number | null, dryRun: boolean): Schemas["RetentionBody"] {
    return { [kind]: days, dry_run: dryRun } as Schemas["RetentionBody"];
}
