import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { answer, api } from "@/api/client";
import { asProblem } from "@/api/problem";
import { useUser } from "@/session/useSession";
import { toast } from "@/ui/toast";
import { conversationKeys } from "../data/keys";
import type { Conversation } from "../entities";

/** Takes a conversation from whom it is shown to belong to. Had it moved meanwhile, the API says whose it is instead. */
export function useTake() {
    const { t } = useTranslation("conversations");
    const { id } = useUser();
    const queries = useQueryClient();
    return useMutation({
        mutationFn: (conversation: Conversation) =>
            answer(
                api.POST("/api/conversations-simple/{conversation_id}/transfer", {
                    params: { path: { conversation_id: conversation.id } },
                    body: { to_user_id: id, note: null, expected_assigned_to: conversation.assigned_to },
                }),
            ),
        onError: (error) => {
            const holder = asProblem(error).body.assigned_to as { name?: string } | null | undefined;
            toast.error(holder?.name ? t("failed.theirs", { name: holder.name }) : t("failed.assign"));
        },
        onSettled: () => void queries.invalidateQueries({ queryKey: conversationKeys.all }),
    });
}
