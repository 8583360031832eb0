import { useQuery } from "@tanstack/react-query";
import { answer, api, type Schemas } from "@/api/client";

export type Source = Schemas["Source"];

export const SOURCES_KEY = ["sources"] as const;
const PAGE = 200;

/** All sources of the clinic, in the order they were made. */
export function useSources(refetchInterval: number | false = false) {
    return useQuery({
        queryKey: [...SOURCES_KEY, "list"],
        queryFn: ({ signal }) => allSources(signal),
        refetchInterval,
    });
}

async function allSources(signal: AbortSignal): Promise<Source[]> {
    const found: Source[] = [];
    let cursor: string | null = null;
    do {
        const page: Schemas["SourceList"] = await answer(
            api.GET("/api/sources", { params: { query: { cursor, limit: PAGE } }, signal }),
        );
        found.push(...page.sources);
        cursor = page.next_cursor;
    } while (cursor !== null);
    return found;
}
