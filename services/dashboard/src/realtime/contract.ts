import type { CommandData, EventData, Introduction, ReplyData } from "./protocol";

export type { CommandData, EventData, Introduction, ReplyData };

export type CommandType = keyof CommandData;
export type EventType = keyof EventData;

/** An event as it arrives; `seq` and `epoch` are missing where it is not kept (typing, viewers, presence). */
export type LiveEvent<T extends EventType = EventType> = {
    [K in T]: {
        type: K;
        channel: string;
        targetId: string;
        timestamp: string;
        seq?: number;
        epoch?: string;
        origin?: string;
        data: EventData[K];
    };
}[T];

/** Where a client stands in a channel. */
export interface Position {
    seq: number;
    epoch: string;
}

export type TransportName = "socket" | "poll";

/** What people are told: events arrive, we are about to have them, or we work without. */
export type Liveness = "live" | "connecting" | "offline";

export interface ConnectionStatus {
    liveness: Liveness;
    transport: TransportName | null;
    /** Tries that failed in a row. */
    attempt: number;
    /** When the next try begins, in milliseconds of the epoch; null unless waiting. */
    retryAt: number | null;
    /** Why there is no connection; null while there is one. */
    reason: string | null;
    /** False where a session that is over, or a refusal, ended it for good. */
    trying: boolean;
    /** Whether this tab holds the connection for all of the browser. */
    leader: boolean;
}

export interface ConnectionMetrics {
    latencyMs: number | null;
    averageLatencyMs: number | null;
    connects: number;
    reconnects: number;
    errors: number;
    eventsReceived: number;
    duplicatesDropped: number;
    gapsFound: number;
    resets: number;
    commandsSent: number;
    commandsFailed: number;
    connectedSince: number | null;
}

/** Who the user is, and how a valid token is had. The client never keeps one. */
export interface Session {
    userId: string;
    clinicId: string;
    getToken(): Promise<string>;
    /** A newer token; a rejection with `SessionOver` ends the connection, any other is tried again. */
    refresh(): Promise<string>;
    /** The gateway says that the session is over. */
    onSessionOver?(): void;
}

export interface JoinedConversation {
    /** Ends this caller's interest; the last one to go leaves the channel. */
    leave(): void;
}

export interface ConversationListener {
    /** An event of the conversation, each once and in order. */
    onEvent?(event: LiveEvent): void;
    /** Events may be missing: fetch what the channel shows. Called after the first join too. */
    onReset?(channel: string): void;
    /** Who types and looks, as of the join. */
    onJoined?(reply: ReplyData["conversation:join"]): void;
    onRefused?(error: CommandError): void;
}

/** Why a command was not carried out. */
export class CommandError extends Error {
    constructor(
        readonly code: string,
        message: string,
        readonly temporary: boolean,
        readonly retryMs: number | null = null,
        readonly details: unknown = null,
    ) {
        super(message);
        this.name = "CommandError";
    }
}

/** Thrown by a `Session` whose user has to sign in again. */
export class SessionOver extends Error {
    constructor(message = "the session is over") {
        super(message);
        this.name = "SessionOver";
    }
}

export type Unsubscribe = () => void;

export interface RealtimeClient {
    start(): void;
    /** Ends the connection; `signedOut` tells colleagues at once. */
    stop(options?: { signedOut?: boolean }): void;
    /** Tries at once instead of waiting. */
    reconnect(): void;
    status(): ConnectionStatus;
    onStatus(listener: () => void): Unsubscribe;
    metrics(): ConnectionMetrics;
    onMetrics(listener: () => void): Unsubscribe;
    /** After every connect: who we are and where the channels stand. */
    onConnected(listener: (introduction: Introduction) => void): Unsubscribe;
    /** Every event of every channel, each once and in order. */
    onEvent(listener: (event: LiveEvent) => void): Unsubscribe;
    /** Events of `channel` may be missing: fetch what it shows. */
    onReset(listener: (channel: string) => void): Unsubscribe;
    /** A conversation by its own id (not the external one). */
    join(conversationId: string, listener: ConversationListener): JoinedConversation;
    /** Carries a command out; rejects with `CommandError` (`offline` and `timeout` are temporary). */
    send<T extends CommandType>(type: T, data: CommandData[T]): Promise<ReplyData[T]>;
}
