import type { OutboxEntry } from "@/realtime/outbox/entry";
import { byTime } from "./order";
import type { Message, TimelineMessage } from "./types";

export interface Writer {
    id: string;
    name: string;
}

/** What a timeline shows: the server's messages, then what waits to be sent. A message keeps its key when it arrives. */
export function timelineMessages(
    messages: readonly Message[],
    waiting: readonly OutboxEntry[],
    writer: Writer,
): TimelineMessage[] {
    const arrived = new Set(messages.map(({ client_message_id }) => client_message_id));
    const shown = [...messages]
        .sort(byTime)
        .map((message) => ({ ...message, key: message.client_message_id ?? message.id, outbox: null }));
    const unsent = waiting
        .filter(({ clientMessageId }) => !arrived.has(clientMessageId))
        .map((entry) => unsentMessage(entry, writer));
    return [...shown, ...unsent];
}

function unsentMessage(entry: OutboxEntry, writer: Writer): TimelineMessage {
    return {
        id: entry.clientMessageId,
        conversation_id: entry.conversationId,
        sender_type: "professional",
        sender_name: writer.name,
        sender_user_id: writer.id,
        content: entry.content,
        message_type: entry.kind === "note" ? "note" : entry.messageType,
        timestamp: new Date(entry.writtenAt).toISOString(),
        status: entry.state === "refused" ? "failed" : "pending",
        client_message_id: entry.clientMessageId,
        external_id: null,
        reply_to: entry.replyTo,
        metadata: {},
        reactions: [],
        edited_at: null,
        deleted_at: null,
        version: 0,
        attachments: [],
        key: entry.clientMessageId,
        outbox: entry,
    };
}
