import type { CommandType } from "../contract";
import type { Word } from "../connection/line";

export interface Refusal {
    code: string;
    message: string;
    temporary: boolean;
    retryMs: number | null;
    details: unknown;
}

/** What tabs say to whoever holds the connection. */
export type Ask =
    | { to: "leader"; tab: string; ask: "hello" }
    | { to: "leader"; tab: string; ask: "reconnect" }
    | { to: "leader"; tab: string; ask: "send"; id: number; type: CommandType; data: unknown };

/** What the holder says to all, or to one of them. */
export type Tell =
    | { from: "leader"; leader: string; tell: "elected" }
    | { from: "leader"; leader: string; tell: "word"; word: Word; tab?: string }
    | { from: "leader"; leader: string; tell: "reply"; tab: string; id: number; data?: unknown; refusal?: Refusal };

export function isAsk(message: unknown): message is Ask {
    return typeof message === "object" && message !== null && "to" in message && message.to === "leader";
}

export function isTell(message: unknown): message is Tell {
    return typeof message === "object" && message !== null && "from" in message && message.from === "leader";
}
