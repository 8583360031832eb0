import type { TimelineMessage as Message } from "../entities";
import { isNote } from "./identity";

/**
 * What has come to the end of the timeline since the message with `lastKey`, of others: what a screen reader is told.
 * Nothing where that message is not at hand, for then the timeline was fetched anew and is not news.
 */
export function newsSince(messages: readonly Message[], lastKey: string | null, userId: string): Message[] {
    const from = messages.findIndex((message) => message.key === lastKey);
    if (from < 0) return [];
    return messages.slice(from + 1).filter((message) => isNews(message, userId));
}

function isNews(message: Message, userId: string): boolean {
    if (message.deleted_at !== null || message.sender_user_id === userId) return false;
    return message.sender_type === "patient" || isNote(message) || message.sender_type === "professional";
}
