import type { ConnectionStatus, Liveness } from "../contract";
import type { Limits, State } from "../machine/state";

/** What people and tabs are told of the machine's state. */
export function statusOf(state: State, limits: Limits, leader: boolean): ConnectionStatus {
    const { phase } = state;
    return {
        liveness: livenessOf(state, limits),
        transport: phase.name === "open" ? phase.link.transport : null,
        attempt: phase.name === "open" ? 0 : state.failures,
        retryAt: phase.name === "waiting" ? phase.until : null,
        reason: phase.name === "open" ? null : state.reason,
        trying: phase.name !== "stopped",
        leader,
    };
}

function livenessOf({ phase, network, failures }: State, limits: Limits): Liveness {
    if (phase.name === "open") return "live";
    if (phase.name === "stopped" || !network || failures > limits.backoff.fastTries) return "offline";
    return "connecting";
}

export const STOPPED: ConnectionStatus = {
    liveness: "offline",
    transport: null,
    attempt: 0,
    retryAt: null,
    reason: null,
    trying: false,
    leader: false,
};
