import type { ConversationFilters } from "./types";

/** The query cache's names of what agents see. */
export const conversationKeys = {
    all: ["conversations"] as const,
    lists: ["conversations", "list"] as const,
    list: (filters: ConversationFilters) => ["conversations", "list", filters] as const,
    counts: ["conversations", "counts"] as const,
    details: ["conversations", "detail"] as const,
    detail: (conversationId: string) => ["conversations", "detail", conversationId] as const,
    typing: (conversationId: string) => ["conversations", "typing", conversationId] as const,
    viewers: (conversationId: string) => ["conversations", "viewers", conversationId] as const,
    presence: ["presence"] as const,
    queue: ["queue"] as const,
    health: ["health"] as const,
};
