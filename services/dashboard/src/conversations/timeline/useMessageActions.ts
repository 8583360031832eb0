import { useMutation } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { answer, api } from "@/api/client";
import { toast } from "@/ui/toast";
import type { TimelineMessage } from "../entities";

type Of<T> = { message: TimelineMessage } & T;

function pathOf({ id, conversation_id }: TimelineMessage) {
    return { path: { conversation_id, message_id: id } };
}

/**
 * What is done with a message at WhatsApp. The API takes it and says later, with `message:updated`, that it happened: until
 * then the message is shown as it is.
 */
export function useMessageActions() {
    const { t } = useTranslation("conversations");
    const react = useMutation({
        mutationFn: ({ message, emoji }: Of<{ emoji: string }>) =>
            answer(
                api.PUT("/api/conversations-simple/{conversation_id}/messages/{message_id}/reaction", {
                    params: pathOf(message),
                    body: { emoji },
                }),
            ),
        onError: () => toast.error(t("failed.react")),
    });
    const edit = useMutation({
        mutationFn: ({ message, content }: Of<{ content: string }>) =>
            answer(
                api.PATCH("/api/conversations-simple/{conversation_id}/messages/{message_id}", {
                    params: pathOf(message),
                    body: { content },
                }),
            ),
        onError: () => toast.error(t("failed.edit")),
    });
    const remove = useMutation({
        mutationFn: ({ message }: Of<object>) =>
            answer(
                api.DELETE("/api/conversations-simple/{conversation_id}/messages/{message_id}", {
                    params: pathOf(message),
                }),
            ),
        onError: () => toast.error(t("failed.remove")),
    });
    const retry = useMutation({
        mutationFn: ({ message }: Of<object>) =>
            answer(
                api.POST("/api/conversations-simple/{conversation_id}/messages/{message_id}/retry", {
                    params: pathOf(message),
                }),
            ),
        onError: () => toast.error(t("failed.action")),
    });
    return { react, edit, remove, retry };
}
