import type { OptimisticAction } from "./contract";
import { change, settleDecision, showDecision } from "./deciding";
import type { Conversation } from "./types";
import { useOptimisticMutation, type OptimisticOptions } from "./useOptimisticMutation";

export interface ArchiveConversation {
    conversationId: string;
    /** False opens it again. */
    archived?: boolean;
}

const statusOf = ({ archived = true }: ArchiveConversation) => (archived ? "archived" : "active");

const OPTIONS: OptimisticOptions<ArchiveConversation, Conversation> = {
    action: "archive",
    show: (desk, variables) => showDecision(desk, variables.conversationId, { status: statusOf(variables) }),
    mutate: (_desk, variables) => change(variables.conversationId, { status: statusOf(variables) }),
    settle: settleDecision,
};

/** Archives a conversation, or opens it again. */
export function useOptimisticArchiveConversation(): OptimisticAction<ArchiveConversation> {
    return useOptimisticMutation(OPTIONS);
}
