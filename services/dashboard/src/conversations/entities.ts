import type { components } from "@/api/schema";

type Schemas = components["schemas"];

export type Conversation = Schemas["Conversation"];
export type Message = Schemas["Message"];
export type Action = Schemas["ConversationAction"];
export type Attachment = Schemas["Attachment"];
export type Label = Schemas["Label"];
export type CannedReply = Schemas["CannedReply"];
export type Contact = Schemas["Contact"];
export type Colleague = Schemas["UserEntry"];
export type Priority = Conversation["priority"];
export type Status = Conversation["status"];

export const PRIORITIES: readonly Priority[] = ["urgent", "high", "normal", "low"];
