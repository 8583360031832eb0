import type { OptimisticAction } from "./contract";
import { change, settleDecision, showDecision } from "./deciding";
import type { Conversation } from "./types";
import { useOptimisticMutation, type OptimisticOptions } from "./useOptimisticMutation";

export interface Assign {
    conversationId: string;
    /** Null: nobody's. */
    userId: string | null;
}

const OPTIONS: OptimisticOptions<Assign, Conversation> = {
    action: "assign",
    show: (desk, { conversationId, userId }) => showDecision(desk, conversationId, { assigned_to: userId }),
    mutate: (_desk, { conversationId, userId }) => change(conversationId, { assigned_to: userId }),
    settle: settleDecision,
};

/** Makes a conversation somebody's, or nobody's. */
export function useOptimisticAssign(): OptimisticAction<Assign> {
    return useOptimisticMutation(OPTIONS);
}
