import type { Message } from "../entities";

/** A key that a message keeps when the server gives it its id: nothing jumps or is built anew then. */
export function messageKey(message: Pick<Message, "id" | "client_message_id">): string {
    return message.client_message_id === null ? `id:${message.id}` : `client:${message.client_message_id}`;
}

/** Whether a message was written by the clinic: it stands on the right. */
export function isOurs(message: Pick<Message, "sender_type">): boolean {
    return message.sender_type === "professional" || message.sender_type === "ai";
}

export function isNote(message: Pick<Message, "message_type">): boolean {
    return message.message_type === "note";
}
