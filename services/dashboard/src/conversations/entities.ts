import type { components } from "@/api/schema";

export type {
    Conversation,
    ConversationAction as Action,
    ConversationStatus as Status,
    Message,
    Priority,
    TimelineMessage,
} from "./data/types";

type Schemas = components["schemas"];

export type Attachment = Schemas["Attachment"];
export type Label = Schemas["Label"];
export type CannedReply = Schemas["CannedReply"];
export type Contact = Schemas["Contact"];
export type Colleague = Schemas["UserEntry"];

export const PRIORITIES = ["urgent", "high", "normal", "low"] as const;
