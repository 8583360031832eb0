import type { components } from "@/api/schema";
import type { OutboxEntry } from "@/realtime/outbox/entry";

type Schemas = components["schemas"];

export type Conversation = Schemas["Conversation"];
export type ConversationList = Schemas["ConversationList"];
export type ConversationDetail = Schemas["ConversationDetail"];
export type ConversationAction = Schemas["ConversationAction"];
export type Counts = Schemas["Counts"];
export type Message = Schemas["Message"];
export type MessagePage = Schemas["MessagePage"];
export type QueueFigures = Schemas["Queue"];
export type Priority = Conversation["priority"];
export type ConversationStatus = Conversation["status"];

/** What narrows a list; the fields are those of `GET /api/conversations-simple`. */
export interface ConversationFilters {
    status?: ConversationStatus;
    /** A user's id, `me` or `none`. */
    assigned_to?: string;
    priority?: Priority;
    q?: string;
    label?: string;
}

/** A message as the timeline shows it: the server's, or one that still waits to be sent. */
export interface TimelineMessage extends Message {
    /** The same from the moment of writing on: what React and the virtual list know it by. */
    key: string;
    /** How it stands in the outbox; null for what the server has. */
    outbox: OutboxEntry | null;
}
