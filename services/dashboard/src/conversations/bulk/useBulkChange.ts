import { useMutation, useQueryClient } from "@tanstack/react-query";
import { answer, api } from "@/api/client";
import type { components } from "@/api/schema";
import { conversationKeys } from "../data/keys";
import { outcomeOf } from "./outcome";

export type BulkChange = Partial<components["schemas"]["ChangeBody"]>;

/** Changes many conversations with one request. It can be repeated: what is so already changes nothing. */
export function useBulkChange() {
    const queries = useQueryClient();
    return useMutation({
        mutationFn: async ({ ids, changes }: { ids: string[]; changes: BulkChange }) => {
            const body = { ids, changes: changes as components["schemas"]["ChangeBody"] };
            return outcomeOf((await answer(api.POST("/api/conversations-simple/bulk", { body }))).results);
        },
        onSettled: () => {
            void queries.invalidateQueries({ queryKey: conversationKeys.lists });
            void queries.invalidateQueries({ queryKey: conversationKeys.counts });
        },
    });
}
