import { waitMs } from "./backoff";
import { ofLink, probe, probeFailed } from "./links";
import { lose } from "./losing";
import { COMING_BACK, endSession, open, SIGNED_OUT, stop, wait, type Step } from "./moves";
import type { Effect, Happening, State, Surroundings, TimerName } from "./state";

/** The connection's next state, and what is to be done for it. Knows no clock, no chance and no network. */
export function step(state: State, happening: Happening, around: Surroundings): Step {
    switch (happening.type) {
        case "start":
            return state.phase.name === "stopped" ? open({ ...state, failures: 0 }, around) : [state, []];
        case "stop":
            return stop(state, "idle", happening.signedOut ? SIGNED_OUT : COMING_BACK, null);
        case "session_over":
            return endSession(state);
        case "offline":
            return offline(state, around);
        case "online":
            return online(state, around);
        case "retry_now":
            return state.phase.name === "waiting" ? open(state, around) : [state, []];
        case "woke":
            return woke(state, around);
        case "timer":
            return timer(state, happening.name, around);
        default:
            return ofLink(state, happening, around);
    }
}

function offline(state: State, around: Surroundings): Step {
    const next = { ...state, network: false };
    if (state.phase.name === "stopped") return [next, []];
    // Slowly, but not never: browsers take a virtual network that went for all of them.
    const slow = waitMs(around.limits.backoff, around.limits.backoff.fastTries + 1, around.chance);
    return wait({ ...next, reason: "offline" }, slow, around);
}

/** Soon, but not all at once: the whole clinic comes back with its router. */
function online(state: State, around: Surroundings): Step {
    const next = { ...state, network: true };
    if (state.phase.name !== "waiting") return [next, []];
    return wait(
        { ...next, failures: 0, deafSockets: 0 },
        Math.round(around.chance * around.limits.backoff.baseMs),
        around,
    );
}

function woke(state: State, around: Surroundings): Step {
    if (state.phase.name === "waiting") return open(state, around);
    return ping(state, around);
}

function ping(state: State, around: Surroundings): Step {
    if (state.phase.name !== "open" || state.phase.link.transport !== "socket") return [state, []];
    const effects: Effect[] = [
        { do: "ping", link: state.phase.link.id },
        { do: "set_timer", name: "silence", ms: around.limits.silenceMs },
        { do: "set_timer", name: "ping", ms: state.phase.pingMs },
    ];
    return [state, effects];
}

function timer(state: State, name: TimerName, around: Surroundings): Step {
    switch (name) {
        case "retry":
            return state.phase.name === "waiting" ? open(state, around) : [state, []];
        case "departure":
            return state.phase.name === "open" ? open(state, around) : [state, []];
        case "ping":
            return ping(state, around);
        case "probe":
            return probe(state, around);
        case "silence":
            return silence(state, around);
        case "opening":
            return tooLate(state, around);
    }
}

function silence(state: State, around: Surroundings): Step {
    if (state.phase.name !== "open") return [state, []];
    return lose(state, state.phase.link, { code: 1006, reason: "silent" }, around);
}

function tooLate(state: State, around: Surroundings): Step {
    if (state.phase.name === "open") return probeFailed(state, around);
    if (state.phase.name !== "opening") return [state, []];
    return lose(state, state.phase.link, { code: 1006, reason: "timeout" }, around);
}
