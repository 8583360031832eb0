import type {
    CommandData,
    CommandType,
    ConnectionMetrics,
    ConnectionStatus,
    LiveEvent,
    Position,
    ReplyData,
} from "../contract";
import type { Introduction } from "../protocol";

/** What a connection tells a tab, whichever tab holds it. */
export type Word =
    | { word: "status"; status: ConnectionStatus }
    | { word: "metrics"; metrics: ConnectionMetrics }
    | { word: "connected"; introduction: Introduction }
    | { word: "event"; event: LiveEvent }
    | { word: "reset"; channel: string; position: Position }
    | { word: "session_over" };

/** A connection as a tab sees it: its own, or that of the tab which holds it for all. */
export interface Line {
    send<T extends CommandType>(type: T, data: CommandData[T]): Promise<ReplyData[T]>;
    reconnect(): void;
    stop(signedOut: boolean): void;
}

export type Listener = (word: Word) => void;
