import type { TransportName } from "../contract";
import { linksOf, type Effect, type Link, type Phase, type State, type Surroundings, type TimerName } from "./state";

export type Step = [State, Effect[]];

export const SIGNED_OUT = 1000;
/** Our own code: the gateway takes the user for coming back, not for having signed out. */
export const COMING_BACK = 4000;

const TIMERS: TimerName[] = ["retry", "ping", "silence", "probe", "opening", "departure"];

export function clear(...names: TimerName[]): Effect[] {
    return names.map((name) => ({ do: "clear_timer", name }));
}

/** Ends whatever is open and every timer: each phase begins with its own. */
function leaving(state: State, code: number): Effect[] {
    const closing: Effect[] = linksOf(state).map(({ id }) => ({ do: "close", link: id, code }));
    return [...closing, ...clear(...TIMERS)];
}

/** Sockets first; where they stayed deaf, polling. */
function nextTransport(state: State, around: Surroundings): TransportName {
    return state.deafSockets >= around.limits.socketsBeforePoll ? "poll" : "socket";
}

export function open(state: State, around: Surroundings): Step {
    const link: Link = { id: state.nextLink, transport: nextTransport(state, around) };
    const effects: Effect[] = [
        ...leaving(state, COMING_BACK),
        { do: "open", link, newerToken: state.newerToken },
        { do: "set_timer", name: "opening", ms: around.limits.openingMs },
    ];
    return [{ ...state, phase: { name: "opening", link }, nextLink: link.id + 1, newerToken: false }, effects];
}

export function wait(state: State, ms: number, around: Surroundings): Step {
    const phase: Phase = { name: "waiting", until: around.now + ms };
    return [{ ...state, phase }, [...leaving(state, COMING_BACK), { do: "set_timer", name: "retry", ms }]];
}

export function stop(state: State, why: "idle" | "signed_out" | "refused", code: number, reason: string | null): Step {
    return [{ ...state, phase: { name: "stopped", reason: why }, reason }, leaving(state, code)];
}

export function endSession(state: State): Step {
    if (state.phase.name === "stopped") return [state, []];
    const [next, effects] = stop(state, "signed_out", COMING_BACK, "session_over");
    return [next, [...effects, { do: "tell_session_over" }]];
}
