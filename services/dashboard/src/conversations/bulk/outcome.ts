import type { components } from "@/api/schema";

export type Fate = components["schemas"]["Fate"];

const CODES = ["stale_assignment", "user_not_found", "not_found"] as const;
export type RefusalCode = (typeof CODES)[number] | "other";

/** What became of many conversations that were to change at once. */
export type Outcome = { changed: number; unchanged: number; refused: { id: string; code: RefusalCode }[] };

export function outcomeOf(fates: readonly Fate[]): Outcome {
    const done = fates.filter((fate) => fate.status < 300);
    const changed = done.filter((fate) => fate.changed).length;
    const refused = fates.filter((fate) => fate.status >= 300).map((fate) => ({ id: fate.id, code: codeOf(fate) }));
    return { changed, unchanged: done.length - changed, refused };
}

function codeOf(fate: Fate): RefusalCode {
    const told = fate.status === 404 && !fate.problem?.code ? "not_found" : fate.problem?.code;
    return CODES.find((code) => code === told) ?? "other";
}
