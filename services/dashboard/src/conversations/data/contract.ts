import type { CommandError } from "@/realtime/contract";
import type { OutboxEntry } from "@/realtime/outbox/entry";
import type { Present, Typist, Viewer } from "@/realtime/protocol";
import type { Conversation, ConversationAction, TimelineMessage } from "./types";

/** What `useConversations(filters)` gives. */
export interface ConversationsView {
    conversations: Conversation[];
    total: number;
    /** True until the first page is there. */
    isPending: boolean;
    isFetching: boolean;
    error: Error | null;
    hasNextPage: boolean;
    isFetchingNextPage: boolean;
    /** The last try to have the next page failed; nothing tries again by itself. */
    isFetchNextPageError: boolean;
    fetchNextPage(): void;
    refetch(): void;
}

/** What `useConversationDetail(id)` gives; `id` may be an external one. */
export interface ConversationDetailView {
    conversation: Conversation | null;
    /** Oldest first; what waits to be sent stands at the end. */
    messages: TimelineMessage[];
    /** Oldest first. */
    actions: ConversationAction[];
    isPending: boolean;
    error: Error | null;
    hasOlder: boolean;
    isFetchingOlder: boolean;
    /** The last try to have older ones failed; nothing tries again by itself. */
    olderFailed: boolean;
    fetchOlder(): void;
    refetch(): void;
}

/** What `useConversationRealtime(id)` gives. */
export interface ConversationRealtimeView {
    /** Whether the conversation's events arrive. */
    joined: boolean;
    /** Others who type now, without the user. */
    typing: Typist[];
    /** Others who have it open, without the user. */
    viewers: Viewer[];
    /** Call it with every keystroke: at most one command in 3 s leaves. */
    startTyping(): void;
    stopTyping(): void;
    /** Why it cannot be joined, for instance `not_found`. */
    refusal: CommandError | null;
}

/** What `usePresenceSystem()` gives. */
export interface PresenceView {
    users: Present[];
    counts: { online: number; away: number; busy: number };
    /** Changes do not arrive just now. */
    stale: boolean;
    /** `offline` for who is not in the list. */
    statusOf(userId: string): Present["status"];
    mine: Present["status"];
    setStatus(status: "online" | "busy" | "offline"): Promise<void>;
}

export interface Draft {
    content: string;
    kind?: "message" | "note";
    messageType?: OutboxEntry["messageType"];
    attachmentIds?: string[];
    replyTo?: string | null;
}

/** What `useSendMessage(conversationId)` gives. */
export interface SendMessageView {
    /** Puts it into the outbox and gives its client_message_id; throws `OutboxFull` where there is no room. */
    send(draft: Draft): string;
    /** Tries a refused one again, under the same id. */
    retry(clientMessageId: string): void;
    discard(clientMessageId: string): void;
    /** Everything of this conversation that the server does not have yet. */
    waiting: OutboxEntry[];
}

/** What each of the optimistic hooks gives. */
export interface OptimisticAction<V> {
    /** Shows the outcome at once; takes it back if the server refuses. Never rejects: true if it was done. */
    run(variables: V): Promise<boolean>;
    state: "idle" | "running" | "retrying" | "done" | "rolled-back";
    error: Error | null;
    reset(): void;
}
