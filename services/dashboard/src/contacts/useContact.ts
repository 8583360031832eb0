import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { answer, api, ifMatch } from "@/api/client";
import type { components } from "@/api/schema";

export type Contact = components["schemas"]["Contact"];
export type ContactDetail = components["schemas"]["ContactDetail"];

export const contactKeys = {
    all: ["contacts"] as const,
    list: (q: string) => ["contacts", "list", q] as const,
    candidates: (q: string) => ["contacts", "candidates", q] as const,
    detail: (id: string) => ["contacts", "detail", id] as const,
    conversations: (id: string) => ["contacts", "conversations", id] as const,
};

export function useContact(contactId: string) {
    return useQuery({
        queryKey: contactKeys.detail(contactId),
        queryFn: () => answer(api.GET("/api/contacts/{contact_id}", { params: { path: { contact_id: contactId } } })),
    });
}

export function useContactConversations(contactId: string) {
    return useQuery({
        queryKey: contactKeys.conversations(contactId),
        queryFn: () =>
            answer(
                api.GET("/api/contacts/{contact_id}/conversations", { params: { path: { contact_id: contactId } } }),
            ),
    });
}

export type ContactChange = { name: string; email: string | null };

/** Corrects a contact, if nobody changed it since `version`: whoever edits must not undo what they have not seen. */
export function useContactChange(contactId: string) {
    const queries = useQueryClient();
    return useMutation({
        mutationFn: ({ change, version }: { change: ContactChange; version: number }) =>
            answer(
                api.PATCH("/api/contacts/{contact_id}", {
                    params: { path: { contact_id: contactId } },
                    headers: ifMatch(version),
                    body: change,
                }),
            ),
        onSettled: () => void queries.invalidateQueries({ queryKey: contactKeys.all }),
    });
}
