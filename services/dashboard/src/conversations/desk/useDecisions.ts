import { useCallback } from "react";
import { useOptimisticArchiveConversation } from "../data/useOptimisticArchiveConversation";
import { useOptimisticAssign } from "../data/useOptimisticAssign";
import { useOptimisticMarkAsRead } from "../data/useOptimisticMarkAsRead";
import { useOptimisticSetPriority } from "../data/useOptimisticSetPriority";
import type { Conversation, Priority } from "../entities";
import { useLabelling } from "./useLabelling";
import { useTake } from "./useTake";

/**
 * What is decided about a conversation as a whole: shown at once, and taken back where the server refuses.
 * What was taken back the shell tells (`OptimisticFeedback`). */
export function useDecisions(conversation: Conversation) {
    const { id, status } = conversation;
    const archive = useOptimisticArchiveConversation();
    const priority = useOptimisticSetPriority();
    const assign = useOptimisticAssign();
    const { run: markRead } = useOptimisticMarkAsRead();
    const take = useTake();
    const labelling = useLabelling();
    return {
        toggleArchive: () => void archive.run({ conversationId: id, archived: status === "active" }),
        setPriority: (to: Priority) => void priority.run({ conversationId: id, priority: to }),
        assign: (userId: string | null) => void assign.run({ conversationId: id, userId }),
        take: () => take.mutate(conversation),
        label: (labelId: string, on: boolean) => labelling.mutate({ conversationId: id, labelId, on }),
        read: useCallback(() => void markRead({ conversationId: id }), [markRead, id]),
    };
}
