import type { OptimisticAction } from "./contract";
import { change, settleDecision, showDecision } from "./deciding";
import type { Conversation, Priority } from "./types";
import { useOptimisticMutation, type OptimisticOptions } from "./useOptimisticMutation";

export interface SetPriority {
    conversationId: string;
    priority: Priority;
}

const OPTIONS: OptimisticOptions<SetPriority, Conversation> = {
    action: "setPriority",
    show: (desk, { conversationId, priority }) => showDecision(desk, conversationId, { priority }),
    mutate: (_desk, { conversationId, priority }) => change(conversationId, { priority }),
    settle: settleDecision,
};

/** Says how urgent a conversation is. */
export function useOptimisticSetPriority(): OptimisticAction<SetPriority> {
    return useOptimisticMutation(OPTIONS);
}
