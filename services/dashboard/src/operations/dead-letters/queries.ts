import { keepPreviousData, useInfiniteQuery, useQuery, useQueryClient } from "@tanstack/react-query";
import { answer, api, type Schemas } from "@/api/client";
import { apiFilter, searchOf, type DeadLetterFilter } from "./filter";
import { memberText } from "./exact-json";
import { isOver } from "./progress";

export type Entry = Schemas["Entry"];
export type EntryDetail = Schemas["EntryDetail"];

const KEY = ["operations", "dlq"] as const;
const PAGE = 50;
const RUNNING_MS = 1000;
const QUIET_MS = 15_000;

export function useDeadLetters(filter: DeadLetterFilter) {
    return useInfiniteQuery({
        queryKey: [...KEY, "list", searchOf(filter)],
        queryFn: ({ signal, pageParam }) => {
            const query = { ...apiFilter(filter), cursor: pageParam, limit: PAGE };
            return answer(api.GET("/api/dlq", { params: { query }, signal }));
        },
        initialPageParam: null as string | null,
        getNextPageParam: (last) => last.next_cursor,
        placeholderData: keepPreviousData,
        refetchInterval: QUIET_MS,
    });
}

/** How many there are, how many came lately, and of which kinds. */
export function useSummary(filter: DeadLetterFilter) {
    return useQuery({
        queryKey: [...KEY, "summary", searchOf(filter)],
        queryFn: ({ signal }) => {
            const query = { ...apiFilter(filter), group_by: "fingerprint" as const };
            return answer(api.GET("/api/dlq/summary", { params: { query }, signal }));
        },
        placeholderData: keepPreviousData,
        refetchInterval: QUIET_MS,
    });
}

export function useIssues() {
    return useQuery({
        queryKey: [...KEY, "issues"],
        queryFn: ({ signal }) => answer(api.GET("/api/dlq/issues", { signal })),
        refetchInterval: QUIET_MS,
    });
}

/** The newest replays, looked at each second while one is under way. */
export function useReplays() {
    return useQuery({
        queryKey: [...KEY, "replays"],
        queryFn: ({ signal }) => answer(api.GET("/api/dlq/replays", { signal })),
        refetchInterval: (query) => (query.state.data?.replays.every(isOver) === false ? RUNNING_MS : QUIET_MS),
    });
}

export interface LoadedEntry {
    entry: EntryDetail;
    /** As it came, with all digits of its numbers. */
    payload: string | null;
    edited: string | null;
}

export function useDeadLetter(id: string) {
    return useQuery({
        queryKey: [...KEY, "one", id],
        queryFn: async ({ signal }) => loadedEntry(await entryText(id, signal)),
        refetchInterval: (query) => (query.state.data?.entry.state === "replaying" ? RUNNING_MS : QUIET_MS),
    });
}

function entryText(id: string, signal: AbortSignal): Promise<string> {
    return answer(api.GET("/api/dlq/{id}", { params: { path: { id } }, parseAs: "text", signal }));
}

function loadedEntry(text: string): LoadedEntry {
    const { entry } = JSON.parse(text) as Schemas["DetailAnswer"];
    const stands = memberText(text, "entry") ?? "{}";
    return { entry, payload: given(stands, "payload"), edited: given(stands, "edited_payload") };
}

export interface RevealedEntry {
    payload: string | null;
    edited: string | null;
    /** Base64 of the bytes as they came. */
    raw: string | null;
}

/** Everything that a dead letter holds. That it was looked at, and why, is written down. */
export async function reveal(id: string, reason: string): Promise<RevealedEntry> {
    const request = { params: { path: { id } }, body: { reason }, parseAs: "text" } as const;
    const text = await answer(api.POST("/api/dlq/{id}/reveal", request));
    const { raw } = JSON.parse(text) as Schemas["Revealed"];
    return { payload: given(text, "payload"), edited: given(text, "edited_payload"), raw };
}

function given(text: string, member: string): string | null {
    const found = memberText(text, member);
    return found === undefined || found === "null" ? null : found;
}

/** Look at everything about dead letters anew. */
export function useRefreshDeadLetters(): () => Promise<void> {
    const client = useQueryClient();
    return () => client.invalidateQueries({ queryKey: KEY });
}
