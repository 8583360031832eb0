import { useCallback, useMemo, useSyncExternalStore } from "react";
import type { Draft, SendMessageView } from "./contract";
import { useDesk } from "./DeskContext";

/** Sends messages and notes through the outbox: they are kept over reloads, and leave once and in order. */
export function useSendMessage(conversationId: string): SendMessageView {
    const { outbox } = useDesk();
    const entries = useSyncExternalStore(outbox.subscribe, outbox.entries);
    const waiting = useMemo(
        () => entries.filter((entry) => entry.conversationId === conversationId),
        [entries, conversationId],
    );
    const send = useCallback(
        ({ content, kind = "message", messageType = "text", attachmentIds = [], replyTo = null }: Draft) => {
            const clientMessageId = crypto.randomUUID();
            outbox.add({ clientMessageId, conversationId, kind, content, messageType, attachmentIds, replyTo });
            return clientMessageId;
        },
        [outbox, conversationId],
    );
    const retry = useCallback((clientMessageId: string) => outbox.retry(clientMessageId), [outbox]);
    const discard = useCallback((clientMessageId: string) => outbox.discard(clientMessageId), [outbox]);
    return { send, retry, discard, waiting };
}
