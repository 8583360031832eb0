import { useEffect, useMemo, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { lazily } from "@/ui/lazily";
import { toast } from "@/ui/toast";
import type { ComposerHandle } from "../composer/Composer";
import type { ConversationDetailView, Draft as Sending } from "../data/contract";
import { useSendMessage } from "../data/useSendMessage";
import type { Conversation, TimelineMessage } from "../entities";
import type { MessageHandlers } from "../timeline/MessageMenu";
import { useMessageActions } from "../timeline/useMessageActions";

const EditDialog = lazily(() => import("../timeline/MessageDialogs").then((file) => file.EditDialog));
const RemoveDialog = lazily(() => import("../timeline/MessageDialogs").then((file) => file.RemoveDialog));

/** What can be done with the messages of a conversation, and what is asked before. */
export function useMessages(
    conversation: Conversation,
    detail: ConversationDetailView,
    composer: { current: ComposerHandle | null },
) {
    const { t } = useTranslation("conversations");
    const outbox = useSendMessage(conversation.id);
    const actions = useMessageActions();
    const [editing, setEditing] = useState<TimelineMessage | null>(null);
    const [removing, setRemoving] = useState<TimelineMessage | null>(null);
    const latest = useRef({ outbox, actions });
    useEffect(() => {
        latest.current = { outbox, actions };
    });
    const handlers = useMemo<MessageHandlers>(
        () => ({
            onReply: (message) => composer.current?.replyTo(message),
            onReact: (message, emoji) => latest.current.actions.react.mutate({ message, emoji }),
            onEdit: setEditing,
            onRemove: setRemoving,
            onRetry: (message) => {
                if (message.outbox) latest.current.outbox.retry(message.outbox.clientMessageId);
                else latest.current.actions.retry.mutate({ message });
            },
            onDiscard: (message) => message.outbox && latest.current.outbox.discard(message.outbox.clientMessageId),
        }),
        [composer],
    );
    const send = (parcel: Sending) => {
        try {
            outbox.send(parcel);
            return true;
        } catch {
            toast.error(t("composer.outboxFull"));
            return false;
        }
    };
    const dialog = (
        <>
            {editing && (
                <EditDialog
                    message={editing}
                    onClose={() => setEditing(null)}
                    onSave={(content) => {
                        actions.edit.mutate({ message: editing, content });
                        setEditing(null);
                    }}
                />
            )}
            {removing && (
                <RemoveDialog
                    message={removing}
                    onClose={() => setRemoving(null)}
                    onRemove={() => {
                        actions.remove.mutate({ message: removing });
                        setRemoving(null);
                    }}
                />
            )}
        </>
    );
    const byId = (id: string) => detail.messages.find((message) => message.id === id) ?? null;
    return { handlers, send, dialog, byId };
}
