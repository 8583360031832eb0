import type { Message } from "../entities";

/** Whether a message was written by the clinic: it stands on the right. */
export function isOurs(message: Pick<Message, "sender_type">): boolean {
    return message.sender_type === "professional" || message.sender_type === "ai";
}

export function isNote(message: Pick<Message, "message_type">): boolean {
    return message.message_type === "note";
}
