import { hashKey, useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { answer, api, ifMatch } from "@/api/client";
import { type Contact, contactKeys } from "../useContact";

const SHOWN = 8;

/** Who might be the same person: those whom a search finds, but for the contact itself. */
export function useCandidates(q: string, contactId: string) {
    const query = q.trim();
    return useQuery({
        queryKey: contactKeys.candidates(query),
        queryFn: ({ signal }) =>
            answer(api.GET("/api/contacts", { params: { query: { q: query, limit: SHOWN + 1 } }, signal })),
        enabled: query !== "",
        select: ({ contacts }) => contacts.filter(({ id }) => id !== contactId).slice(0, SHOWN),
    });
}

type Merge = { kept: Contact; goneId: string };

/** Makes one of two contacts, if the one that stays is as whoever asks has seen it. */
export function useMerge() {
    const queries = useQueryClient();
    return useMutation({
        mutationFn: ({ kept, goneId }: Merge) =>
            answer(
                api.POST("/api/contacts/{contact_id}/merge", {
                    params: { path: { contact_id: kept.id } },
                    headers: ifMatch(kept.version),
                    body: { contact_id: goneId },
                }),
            ),
        // Until it is loaded again the request goes on: what changed meanwhile is there when its refusal is read.
        onSettled: (_, error, { goneId }) =>
            queries.invalidateQueries({
                queryKey: contactKeys.all,
                predicate: ({ queryHash }) => error !== null || queryHash !== hashKey(contactKeys.detail(goneId)),
            }),
    });
}
