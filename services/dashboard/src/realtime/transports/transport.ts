import type { LiveEvent, Position } from "../contract";
import type { Introduction } from "../protocol";
import type { Reply } from "../connection/pending";
import type { Loss } from "../machine/losing";

/** What a transport tells; after `closed` it says nothing more. */
export interface Hearing {
    opened(introduction: Introduction): void;
    heard(): void;
    event(event: LiveEvent): void;
    reply(reply: Reply): void;
    reset(channel: string, position: Position): void;
    tokenExpiring(): void;
    goingAway(reconnectMs: number): void;
    closed(loss: Loss): void;
}

export interface CommandFrame {
    id: string;
    type: string;
    data?: unknown;
}

export interface Transport {
    send(frame: CommandFrame): void;
    close(code: number): void;
}

export type OpenTransport = (token: string, hearing: Hearing) => Transport;
