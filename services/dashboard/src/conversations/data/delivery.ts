import { answer, api } from "@/api/client";
import { asProblem, isTemporary } from "@/api/problem";
import { DeliveryLater, DeliveryRefused } from "@/realtime/outbox/outbox";
import type { OutboxEntry } from "@/realtime/outbox/entry";
import type { Message } from "./types";

/** Sends what waited, over REST: there one client_message_id is one message, however often it is sent. */
export async function deliver(entry: OutboxEntry, signal: AbortSignal): Promise<Message> {
    try {
        return (await (entry.kind === "note" ? postNote(entry, signal) : postMessage(entry, signal))).message;
    } catch (error) {
        if (signal.aborted) throw error;
        const problem = asProblem(error);
        if (problem.retryAfterSeconds !== null) throw new DeliveryLater(problem.retryAfterSeconds * 1_000);
        // A session that ends keeps what waits for the next one of the same user.
        if (isTemporary(problem) || problem.status === 401) throw problem;
        throw new DeliveryRefused(problem.code ?? String(problem.status), problem.message);
    }
}

function postNote({ conversationId, content, clientMessageId }: OutboxEntry, signal: AbortSignal) {
    const params = { path: { conversation_id: conversationId } };
    const body = { content, client_message_id: clientMessageId };
    return answer(api.POST("/api/conversations-simple/{conversation_id}/notes", { params, body, signal }));
}

function postMessage(entry: OutboxEntry, signal: AbortSignal) {
    const params = { path: { conversation_id: entry.conversationId } };
    const body = {
        content: entry.content,
        message_type: entry.messageType,
        client_message_id: entry.clientMessageId,
        attachments: entry.attachmentIds.length > 0 ? entry.attachmentIds.map((id) => ({ id })) : null,
        reply_to: entry.replyTo,
    };
    return answer(api.POST("/api/conversations-simple/{conversation_id}/messages", { params, body, signal }));
}
