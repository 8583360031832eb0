import { waitMs } from "./backoff";
import { closingOf } from "./closing";
import { endSession, open, stop, wait, COMING_BACK, type Step } from "./moves";
import type { Link, State, Surroundings } from "./state";

export interface Loss {
    code: number;
    retryMs?: number;
    reason?: string;
}

/** What becomes of the connection when its link ends, or never came to be one. */
export function lose(state: State, link: Link, loss: Loss, around: Surroundings): Step {
    const known = { ...counted(state, link, around), reason: loss.reason ?? `closed ${loss.code}` };
    const leavingAt = state.phase.name === "open" ? state.phase.leavingAt : null;
    switch (closingOf(loss.code).then) {
        case "sign-in":
            return endSession(known);
        case "give-up":
            return stop(known, "refused", COMING_BACK, known.reason);
        case "again-with-newer-token":
            return withNewerToken(known, around);
        case "again-slowly":
            return again({ ...known, failures: around.limits.backoff.fastTries }, loss, around);
        case "again":
            return leavingAt === null
                ? again(known, loss, around)
                : wait(known, Math.max(0, leavingAt - around.now), around);
    }
}

/** A socket that never opened is deaf; polling that failed too gives the next socket its chance. */
function counted(state: State, link: Link, around: Surroundings): State {
    const { settledMs, socketsBeforePoll } = around.limits;
    if (state.phase.name === "open") {
        const settled = around.now - state.phase.since >= settledMs;
        return settled ? { ...state, failures: 0 } : state;
    }
    const deafSockets = link.transport === "socket" ? state.deafSockets + 1 : socketsBeforePoll - 1;
    return { ...state, deafSockets };
}

/** At once where a connection lived until its token ended; a token that is refused on opening is a failure like any. */
function withNewerToken(state: State, around: Surroundings): Step {
    const next = { ...state, newerToken: true };
    return state.phase.name === "open" ? open(next, around) : again(next, { code: 4440 }, around);
}

function again(state: State, loss: Loss, around: Surroundings): Step {
    const next = { ...state, failures: state.failures + 1 };
    const { backoff, retryCapMs, socketsBeforePoll } = around.limits;
    if (loss.retryMs !== undefined) {
        // Everybody is told the same time: chance spreads them out.
        return wait(next, Math.min(retryCapMs, loss.retryMs + around.chance * backoff.baseMs), around);
    }
    const fallsBack = state.phase.name === "opening" && state.phase.link.transport === "socket";
    if (fallsBack && next.deafSockets >= socketsBeforePoll) return open(next, around);
    return wait(next, waitMs(backoff, next.failures, around.chance), around);
}
