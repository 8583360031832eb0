import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { answer, api } from "@/api/client";
import { toast } from "@/ui/toast";
import { conversationKeys } from "../data/keys";

type Labelling = { conversationId: string; labelId: string; on: boolean };

/** Puts a label on a conversation, or takes it off. */
export function useLabelling() {
    const { t } = useTranslation("conversations");
    const queries = useQueryClient();
    return useMutation({
        mutationFn: ({ conversationId, labelId, on }: Labelling) => {
            const params = { path: { conversation_id: conversationId, label_id: labelId } };
            const path = "/api/conversations-simple/{conversation_id}/labels/{label_id}";
            return on ? answer(api.PUT(path, { params })) : answer(api.DELETE(path, { params }));
        },
        onError: () => toast.error(t("failed.label")),
        onSettled: () => void queries.invalidateQueries({ queryKey: conversationKeys.all }),
    });
}
