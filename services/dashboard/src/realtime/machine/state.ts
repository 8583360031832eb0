import type { TransportName } from "../contract";
import { BACKOFF, type Backoff } from "./backoff";

/** A transport that was asked for; its number tells its words from those of an earlier one. */
export interface Link {
    id: number;
    transport: TransportName;
}

export type Phase =
    | { name: "stopped"; reason: "idle" | "signed_out" | "refused" }
    | { name: "waiting"; until: number }
    | { name: "opening"; link: Link }
    /** `probe` is a socket that is tried while polling goes on; `leavingAt` when the gateway wants us back. */
    | { name: "open"; link: Link; since: number; pingMs: number; probe: Link | null; leavingAt: number | null };

export interface State {
    phase: Phase;
    /** What the browser says of the network. It may be wrong, so it slows tries and never ends them. */
    network: boolean;
    /** Tries that failed in a row. */
    failures: number;
    /** Sockets in a row that never came to `connected`. */
    deafSockets: number;
    /** Sockets that were tried in vain while polling. */
    probes: number;
    /** The next token must be a newer one. */
    newerToken: boolean;
    nextLink: number;
    reason: string | null;
}

export type TimerName = "retry" | "ping" | "silence" | "probe" | "opening" | "departure";

export type Happening =
    | { type: "start" }
    | { type: "stop"; signedOut: boolean }
    | { type: "online" }
    | { type: "offline" }
    | { type: "retry_now" }
    /** The page is looked at again: a machine that slept does not know that its socket is dead. */
    | { type: "woke" }
    | { type: "opened"; link: number; pingMs: number }
    | { type: "heard"; link: number }
    | { type: "closed"; link: number; code: number; retryMs?: number; reason?: string }
    | { type: "going_away"; link: number; reconnectMs: number }
    | { type: "session_over" }
    | { type: "timer"; name: TimerName };

export type Effect =
    | { do: "open"; link: Link; newerToken: boolean }
    | { do: "close"; link: number; code: number }
    | { do: "ping"; link: number }
    | { do: "set_timer"; name: TimerName; ms: number }
    | { do: "clear_timer"; name: TimerName }
    | { do: "tell_session_over" };

export interface Limits {
    backoff: Backoff;
    /** A connection that held that long was a good one: what failed before is forgotten. */
    settledMs: number;
    openingMs: number;
    /** How long after our ping something must be heard. */
    silenceMs: number;
    /** Sockets that never opened, after which polling is tried. */
    socketsBeforePoll: number;
    probeMs: number;
    probeCapMs: number;
    /** The longest wait that a server may ask for. */
    retryCapMs: number;
}

export const LIMITS: Limits = {
    backoff: BACKOFF,
    settledMs: 10_000,
    openingMs: 15_000,
    silenceMs: 10_000,
    socketsBeforePoll: 2,
    probeMs: 30_000,
    probeCapMs: 300_000,
    retryCapMs: 300_000,
};

/** What a step takes from outside. */
export interface Surroundings {
    now: number;
    /** In [0, 1). */
    chance: number;
    limits: Limits;
}

export const IDLE: State = {
    phase: { name: "stopped", reason: "idle" },
    network: true,
    failures: 0,
    deafSockets: 0,
    probes: 0,
    newerToken: false,
    nextLink: 1,
    reason: null,
};

/** The links that are being opened or are open. */
export function linksOf(state: State): Link[] {
    switch (state.phase.name) {
        case "opening":
            return [state.phase.link];
        case "open":
            return state.phase.probe ? [state.phase.link, state.phase.probe] : [state.phase.link];
        default:
            return [];
    }
}
