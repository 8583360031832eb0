import { answer, api } from "@/api/client";
import type { components } from "@/api/schema";
import type { OptimisticAction } from "./contract";
import { showDecision } from "./deciding";
import { useOptimisticMutation, type OptimisticOptions } from "./useOptimisticMutation";

export interface MarkAsRead {
    conversationId: string;
    /** The last one that was read; without it all were. */
    messageId?: string;
}

type ReadMark = components["schemas"]["ReadMark"];

const OPTIONS: OptimisticOptions<MarkAsRead, ReadMark> = {
    action: "markAsRead",
    // How many are left after a message in the middle only the server knows.
    show: (desk, { conversationId, messageId }) =>
        messageId ? () => undefined : showDecision(desk, conversationId, { unread_count: 0 }),
    mutate: (_desk, { conversationId, messageId }) => {
        const params = { path: { conversation_id: conversationId } };
        return answer(
            api.POST("/api/conversations-simple/{conversation_id}/read", {
                params,
                body: { message_id: messageId ?? null },
            }),
        );
    },
    settle: (desk, { conversation_id, version, unread_count }) =>
        desk.cache.apply({ change: "fields", conversationId: conversation_id, version, fields: { unread_count } }),
};

/** Marks a conversation's messages as read. */
export function useOptimisticMarkAsRead(): OptimisticAction<MarkAsRead> {
    return useOptimisticMutation(OPTIONS);
}
