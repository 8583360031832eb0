import { useTranslation } from "react-i18next";
import { toast } from "@/ui/toast";
import { useOptimisticArchiveConversation } from "../data/useOptimisticArchiveConversation";
import { useOptimisticAssign } from "../data/useOptimisticAssign";
import { useOptimisticSetPriority } from "../data/useOptimisticSetPriority";
import type { Conversation } from "../entities";
import type { Move } from "../kanban/board";

/** Moves a card: it is in its new column at once, and goes back with a word where the server refuses. */
export function useMove(): (conversation: Conversation, move: Move) => void {
    const { t } = useTranslation("conversations");
    const archive = useOptimisticArchiveConversation();
    const priority = useOptimisticSetPriority();
    const assign = useOptimisticAssign();
    const done = ({ id: conversationId }: Conversation, move: Move): Promise<boolean> => {
        if ("status" in move) return archive.run({ conversationId, archived: move.status === "archived" });
        if ("priority" in move) return priority.run({ conversationId, priority: move.priority });
        return assign.run({ conversationId, userId: move.assigned_to });
    };
    return (conversation, move) => {
        void done(conversation, move).then((kept) => {
            if (!kept) toast.error(t("failed.move", { name: conversation.contact_name }));
        });
    };
}
