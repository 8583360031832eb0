import { lose } from "./losing";
import { clear, COMING_BACK, type Step } from "./moves";
import { linksOf, type Effect, type Happening, type Link, type Phase, type State, type Surroundings } from "./state";

export type OfLink = Extract<Happening, { link: number }>;

/** What a link says. Words of one that is no longer ours count for nothing. */
export function ofLink(state: State, happening: OfLink, around: Surroundings): Step {
    const link = linksOf(state).find((known) => known.id === happening.link);
    if (!link) return [state, []];
    const probing = state.phase.name === "open" && state.phase.probe?.id === link.id;
    switch (happening.type) {
        case "opened":
            return opened(state, link, happening.pingMs, around);
        case "heard":
            return [state, link.transport === "socket" && !probing ? clear("silence") : []];
        case "going_away":
            return probing ? [state, []] : goingAway(state, happening.reconnectMs, around);
        case "closed":
            return probing ? probeFailed(state, around) : lose(state, link, happening, around);
    }
}

function opened(state: State, link: Link, pingMs: number, around: Surroundings): Step {
    if (state.phase.name === "open" && state.phase.link.id === link.id) return [state, []];
    const phase: Phase = { name: "open", link, since: around.now, pingMs, probe: null, leavingAt: null };
    const replaced: Effect[] =
        state.phase.name === "open" ? [{ do: "close", link: state.phase.link.id, code: COMING_BACK }] : [];
    const heard = link.transport === "socket" ? { deafSockets: 0, probes: 0 } : {};
    const timer: Effect =
        link.transport === "socket"
            ? { do: "set_timer", name: "ping", ms: pingMs }
            : { do: "set_timer", name: "probe", ms: probeMs(state, around) };
    return [
        { ...state, ...heard, phase, reason: null },
        [...replaced, ...clear("opening", "probe", "departure"), timer],
    ];
}

function goingAway(state: State, reconnectMs: number, around: Surroundings): Step {
    if (state.phase.name !== "open") return [state, []];
    const ms = Math.min(reconnectMs, around.limits.retryCapMs);
    return [
        { ...state, phase: { ...state.phase, leavingAt: around.now + ms } },
        [{ do: "set_timer", name: "departure", ms }],
    ];
}

function probeMs(state: State, around: Surroundings): number {
    const { probeMs: first, probeCapMs } = around.limits;
    return Math.round(Math.min(probeCapMs, first * 2 ** state.probes) * (0.5 + around.chance / 2));
}

/** Looks whether sockets get through again, while polling goes on. */
export function probe(state: State, around: Surroundings): Step {
    if (state.phase.name !== "open" || state.phase.link.transport !== "poll" || state.phase.probe) return [state, []];
    const link: Link = { id: state.nextLink, transport: "socket" };
    return [
        { ...state, phase: { ...state.phase, probe: link }, nextLink: link.id + 1 },
        [
            { do: "open", link, newerToken: false },
            { do: "set_timer", name: "opening", ms: around.limits.openingMs },
        ],
    ];
}

export function probeFailed(state: State, around: Surroundings): Step {
    if (state.phase.name !== "open" || !state.phase.probe) return [state, []];
    const next = { ...state, probes: state.probes + 1, phase: { ...state.phase, probe: null } };
    return [
        next,
        [
            { do: "close", link: state.phase.probe.id, code: COMING_BACK },
            ...clear("opening"),
            { do: "set_timer", name: "probe", ms: probeMs(next, around) },
        ],
    ];
}
