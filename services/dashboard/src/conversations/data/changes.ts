import type { LiveEvent } from "@/realtime/contract";
import type { Fields } from "./live-conversation";
import type { Conversation, ConversationAction, Message } from "./types";

/** What of the cache becomes different. */
export type Change =
    | { change: "message"; message: Message }
    | { change: "action"; conversationId: string; action: ConversationAction }
    | { change: "fields"; conversationId: string; version: number; fields: Fields }
    | { change: "entry"; conversation: Conversation }
    | { change: "gone"; conversationId: string }
    /** The event lacks what a list shows: fetch that one entry. */
    | { change: "stale"; conversationId: string; version: number };

/** What an event changes in the cache; presence, typing and viewers are not kept there. */
export function changesOf(event: LiveEvent): Change[] {
    switch (event.type) {
        case "message:new":
        case "message:updated":
            return [{ change: "message", message: event.data as Message }];
        case "message:read": {
            const { conversation_id, version, unread_count } = event.data;
            return [{ change: "fields", conversationId: conversation_id, version, fields: { unread_count } }];
        }
        case "conversation:updated":
            return decided(event.data);
        case "conversation:transferred": {
            const { conversation_id, version, to_user } = event.data;
            return [
                {
                    change: "fields",
                    conversationId: conversation_id,
                    version,
                    fields: { assigned_to: to_user.id, status: "active" },
                },
            ];
        }
        case "conversation:list:updated":
            return listed(event.data);
        default:
            return [];
    }
}

type Data<T extends LiveEvent["type"]> = Extract<LiveEvent, { type: T }>["data"];

function decided(data: Data<"conversation:updated">): Change[] {
    const conversationId = data.conversation_id;
    // Nothing of what the other one had is told.
    if ("merged_into" in data) return [{ change: "stale", conversationId: data.merged_into, version: data.version }];
    const action: Change[] = [{ change: "action", conversationId, action: data.action as ConversationAction }];
    if (!("assigned_to" in data)) return action;
    const { assigned_to, status, priority, version } = data;
    return [...action, { change: "fields", conversationId, version, fields: { assigned_to, status, priority } }];
}

function listed(data: Data<"conversation:list:updated">): Change[] {
    const { conversationId, version } = data;
    if (data.eventType !== "deleted") return [{ change: "stale", conversationId, version }];
    return [{ change: "gone", conversationId }];
}
