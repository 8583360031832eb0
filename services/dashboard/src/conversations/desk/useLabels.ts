import { useQuery } from "@tanstack/react-query";
import { useMemo } from "react";
import { answer, api } from "@/api/client";
import type { Label } from "../entities";

export const LABELS_KEY = ["labels"] as const;

async function allLabels(): Promise<Label[]> {
    const labels: Label[] = [];
    for (let cursor: string | undefined; ;) {
        const page = await answer(api.GET("/api/labels", { params: { query: { limit: 200, cursor } } }));
        labels.push(...page.labels);
        if (page.next_cursor === null) return labels;
        cursor = page.next_cursor;
    }
}

/** The clinic's labels, by name; `known` leaves out ids that are no longer any. */
export function useLabels(): { labels: Label[]; known: (ids: readonly string[]) => Label[] } {
    const { data } = useQuery({ queryKey: LABELS_KEY, queryFn: allLabels, staleTime: 5 * 60_000 });
    return useMemo(() => {
        const labels = data ?? [];
        const byId = new Map(labels.map((label) => [label.id, label]));
        // The same answer for the same list: rows that nothing happened to are not drawn anew while somebody scrolls.
        const found = new WeakMap<readonly string[], Label[]>();
        const known = (ids: readonly string[]) => {
            const before = found.get(ids);
            if (before) return before;
            const now = ids.flatMap((id) => byId.get(id) ?? []);
            found.set(ids, now);
            return now;
        };
        return { labels, known };
    }, [data]);
}
