import { z } from "zod";

/** An attempt as the workers note it. What is not noted is left out. */
const attemptOf = z.object({
    at: z.string(),
    duration_ms: z.number().nullish(),
    error: z.string().nullish(),
    error_class: z.string().nullish(),
    worker: z.string().nullish(),
});
export type Attempt = z.infer<typeof attemptOf>;

/** A decision about a dead letter, or what came of it. */
const happeningOf = z.object({
    at: z.string(),
    event: z.string(),
    by: z.string().nullish(),
    reason: z.string().nullish(),
    error: z.string().nullish(),
    diff: z.string().nullish(),
});
export type Happening = z.infer<typeof happeningOf>;

/** The entries that can be read, the newest first. */
export function attemptsOf(entries: readonly unknown[]): Attempt[] {
    return readable(entries, attemptOf);
}

export function happeningsOf(entries: readonly unknown[]): Happening[] {
    return readable(entries, happeningOf);
}

function readable<T extends { at: string }>(entries: readonly unknown[], schema: z.ZodType<T>): T[] {
    const read = entries.flatMap((entry) => {
        const result = schema.safeParse(entry);
        return result.success ? [result.data] : [];
    });
    return read.sort((one, other) => Date.parse(other.at) - Date.parse(one.at));
}
