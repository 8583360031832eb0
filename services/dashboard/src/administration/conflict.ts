import { isStale } from "@/api/client";
import { asProblem } from "@/api/problem";

/** A thing that somebody else changed while it was being edited, as it is now. */
export interface Conflict<T> {
    now: T;
}

/** What a refusal says about a thing that has another version by now; null where it is another refusal. */
export function conflictOf<T extends { version: number }>(error: unknown, member: string): Conflict<T> | null {
    if (!isStale(error)) return null;
    const now = asProblem(error).body[member];
    const isThing = typeof now === "object" && now !== null && "version" in now && typeof now.version === "number";
    return isThing ? { now: now as T } : null;
}
