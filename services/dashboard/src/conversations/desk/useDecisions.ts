import { useCallback } from "react";
import { useTranslation } from "react-i18next";
import { toast } from "@/ui/toast";
import { useOptimisticArchiveConversation } from "../data/useOptimisticArchiveConversation";
import { useOptimisticAssign } from "../data/useOptimisticAssign";
import { useOptimisticMarkAsRead } from "../data/useOptimisticMarkAsRead";
import { useOptimisticSetPriority } from "../data/useOptimisticSetPriority";
import type { Conversation, Priority } from "../entities";
import { useLabelling } from "./useLabelling";
import { useTake } from "./useTake";

/** What is decided about a conversation as a whole: shown at once, and taken back with a word where the server refuses. */
export function useDecisions(conversation: Conversation) {
    const { t } = useTranslation("conversations");
    const { id, status } = conversation;
    const archive = useOptimisticArchiveConversation();
    const priority = useOptimisticSetPriority();
    const assign = useOptimisticAssign();
    const { run: markRead } = useOptimisticMarkAsRead();
    const take = useTake();
    const labelling = useLabelling();
    const orSay = async (done: Promise<boolean>, key: string) => {
        if (!(await done)) toast.error(t(`failed.${key}`));
    };
    return {
        toggleArchive: () => void orSay(archive.run({ conversationId: id, archived: status === "active" }), "archive"),
        setPriority: (to: Priority) => void orSay(priority.run({ conversationId: id, priority: to }), "priority"),
        assign: (userId: string | null) => void orSay(assign.run({ conversationId: id, userId }), "assign"),
        take: () => take.mutate(conversation),
        label: (labelId: string, on: boolean) => labelling.mutate({ conversationId: id, labelId, on }),
        read: useCallback(() => void markRead({ conversationId: id }), [markRead, id]),
    };
}
