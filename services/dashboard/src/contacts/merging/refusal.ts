import { isStale } from "@/api/client";
import { asProblem } from "@/api/problem";
import { changedBy } from "../contact-form";

export type MergeRefusal = { key: string; name?: string };

/** Why two contacts were not made one: a text of `contacts`, or null where the status says all there is to say. */
export function mergeRefusal(error: unknown): MergeRefusal | null {
    const problem = asProblem(error);
    if (isStale(error)) {
        const name = changedBy(problem.body);
        return name ? { key: "merge.stale", name } : { key: "merge.staleUnknown" };
    }
    if (problem.status === 409 && problem.code === "merged") return { key: "merge.alreadyOther" };
    if (problem.status === 409 && problem.code === "being_erased") return { key: "merge.beingErased" };
    if (problem.status === 404) return { key: "merge.gone" };
    return null;
}
