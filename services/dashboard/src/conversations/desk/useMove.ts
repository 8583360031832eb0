import { useOptimisticArchiveConversation } from "../data/useOptimisticArchiveConversation";
import { useOptimisticAssign } from "../data/useOptimisticAssign";
import { useOptimisticSetPriority } from "../data/useOptimisticSetPriority";
import type { Conversation } from "../entities";
import type { Move } from "../kanban/board";

/** Moves a card: it is in its new column at once, and goes back where the server refuses, which the shell tells. */
export function useMove(): (conversation: Conversation, move: Move) => void {
    const archive = useOptimisticArchiveConversation();
    const priority = useOptimisticSetPriority();
    const assign = useOptimisticAssign();
    return ({ id: conversationId }, move) => {
        if ("status" in move) void archive.run({ conversationId, archived: move.status === "archived" });
        else if ("priority" in move) void priority.run({ conversationId, priority: move.priority });
        else void assign.run({ conversationId, userId: move.assigned_to });
    };
}
