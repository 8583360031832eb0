import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { IDLE, LIMITS, linksOf, type Effect, type Happening, type State, type TimerName } from "./state";
import { step } from "./step";

const CODES = [1000, 1001, 1006, 1011, 1012, 1013, 4000, 4409, 4429, 4440, 4502];
const FINAL_CODES = [4501, 4503, 4510, 4599];

/** What surrounds the machine: which links are open, which timers run, when. */
class World {
    state: State = IDLE;
    now = 1_000_000;
    open = new Set<number>();
    asked = new Map<number, "socket" | "poll">();
    timers = new Map<TimerName, number>();
    mostOpen = 0;
    opens = 0;
    sessionOver = 0;
    waits: number[] = [];

    constructor(private readonly chance: () => number) {}

    happen(happening: Happening): void {
        if (happening.type === "opened" && this.asked.has(happening.link)) this.open.add(happening.link);
        if (happening.type === "closed") this.forget(happening.link);
        const [state, effects] = step(this.state, happening, { now: this.now, chance: this.chance(), limits: LIMITS });
        this.state = state;
        effects.forEach((effect) => this.carryOut(effect));
        this.mostOpen = Math.max(this.mostOpen, this.open.size);
    }

    private forget(link: number): void {
        this.asked.delete(link);
        this.open.delete(link);
    }

    private carryOut(effect: Effect): void {
        switch (effect.do) {
            case "open":
                this.opens += 1;
                this.asked.set(effect.link.id, effect.link.transport);
                return;
            case "close":
                return this.forget(effect.link);
            case "set_timer":
                if (effect.name === "retry") this.waits.push(effect.ms);
                this.timers.set(effect.name, this.now + effect.ms);
                return;
            case "clear_timer":
                this.timers.delete(effect.name);
                return;
            case "tell_session_over":
                this.sessionOver += 1;
                return;
            case "ping":
                return;
        }
    }

    /** Lets the next timer fire; false where none runs. */
    nextTimer(): boolean {
        const next = [...this.timers].sort((a, b) => a[1] - b[1])[0];
        if (!next) return false;
        this.timers.delete(next[0]);
        this.now = Math.max(this.now, next[1]);
        this.happen({ type: "timer", name: next[0] });
        return true;
    }
}

type Move = { kind: string; pick: number; ms: number };

/** Moves name links by their place, so that shrinking keeps them meaningful. */
const moves = fc.array(
    fc.record({
        kind: fc.constantFrom(
            "start",
            "online",
            "offline",
            "retry_now",
            "woke",
            "opened",
            "heard",
            "closed",
            "going_away",
            "stale",
            "timer",
            "pass",
        ),
        pick: fc.nat(1000),
        ms: fc.nat(60_000),
    }),
    { maxLength: 60 },
);

function play(world: World, { kind, pick, ms }: Move): void {
    const links = linksOf(world.state);
    const link = links.length > 0 ? links[pick % links.length] : undefined;
    switch (kind) {
        case "start":
        case "online":
        case "offline":
        case "retry_now":
        case "woke":
            return world.happen({ type: kind });
        case "timer":
            return void world.nextTimer();
        case "pass":
            world.now += Math.min(ms, Math.max(0, Math.min(...world.timers.values(), world.now + ms) - world.now));
            return;
        case "stale":
            return world.happen({ type: "closed", link: pick + 1_000, code: 1006 });
        case "opened":
            return link && world.happen({ type: "opened", link: link.id, pingMs: 25_000 });
        case "heard":
            return link && world.happen({ type: "heard", link: link.id });
        case "going_away":
            return link && world.happen({ type: "going_away", link: link.id, reconnectMs: ms });
        case "closed":
            return (
                link &&
                world.happen({
                    type: "closed",
                    link: link.id,
                    code: CODES[pick % CODES.length] ?? 1006,
                    ...(pick % 3 === 0 ? { retryMs: ms } : {}),
                })
            );
    }
}

function played(list: Move[], seed: number): World {
    let state = seed;
    // A small generator of chance, so that a failing run can be had again.
    const world = new World(() => (state = (state * 16_807) % 2_147_483_647) / 2_147_483_647);
    world.happen({ type: "start" });
    list.forEach((move) => play(world, move));
    return world;
}

const seeds = fc.integer({ min: 1, max: 2_147_483_646 });

const move = (kind: string): Move => ({ kind, pick: 2, ms: 0 });
/** Two sockets that stay deaf, and polling that works: chance alone seldom comes there. */
const POLLING = ["closed", "timer", "closed", "opened"].map(move);

describe("the connection's machine", () => {
    it("never has two transports open, whatever happens in which order", () => {
        fc.assert(
            fc.property(moves, seeds, fc.constantFrom([], POLLING), (list, seed, first) => {
                expect(played([...first, ...list], seed).mostOpen).toBeLessThanOrEqual(1);
            }),
        );
    });

    it("asks for another transport sooner or later, whatever happened before", () => {
        fc.assert(
            fc.property(moves, seeds, (list, seed) => {
                const world = played(list, seed);
                for (const { id } of linksOf(world.state)) world.happen({ type: "closed", link: id, code: 1006 });
                const before = world.opens;
                for (let fired = 0; fired < 5 && world.opens === before; fired += 1) {
                    if (linksOf(world.state).length > 0) break;
                    expect(world.nextTimer()).toBe(true);
                }
                expect(linksOf(world.state).length).toBeGreaterThan(0);
            }),
        );
    });

    it("never sits in a phase that nothing ends: an open socket is pinged, everything else has a timer", () => {
        fc.assert(
            fc.property(moves, seeds, (list, seed) => void expect(played(list, seed).timers.size).toBeGreaterThan(0)),
        );
    });

    it("never waits longer than the cap by itself, nor than the longest time that a server may ask for", () => {
        fc.assert(
            fc.property(moves, seeds, (list, seed) => {
                const longest = list.some(({ kind }) => kind === "closed" || kind === "going_away")
                    ? LIMITS.retryCapMs
                    : LIMITS.backoff.capMs;
                for (const ms of played(list, seed).waits) expect(ms).toBeLessThanOrEqual(longest);
            }),
        );
    });

    it("stays stopped after a stop, until it is started", () => {
        fc.assert(
            fc.property(moves, moves, seeds, (before, after, seed) => {
                const world = played(before, seed);
                world.happen({ type: "stop", signedOut: true });
                const opens = world.opens;
                after.filter(({ kind }) => kind !== "start").forEach((move) => play(world, move));
                expect([world.opens, world.open.size, world.timers.size]).toEqual([opens, 0, 0]);
            }),
        );
    });

    it.each(FINAL_CODES)("ends for good with the close code %i", (code) => {
        const world = played([], 7);
        world.happen({ type: "closed", link: 1, code });
        expect(world.state.phase.name).toBe("stopped");
        expect(world.timers.size).toBe(0);
        expect(world.sessionOver).toBe(code === 4501 || code === 4503 ? 1 : 0);
    });

    it("falls to polling after two sockets that never opened, and back when a probe gets through", () => {
        const world = played([], 7);
        world.happen({ type: "closed", link: 1, code: 1006 });
        world.nextTimer();
        world.happen({ type: "closed", link: 2, code: 1006 });
        expect(linksOf(world.state)).toEqual([{ id: 3, transport: "poll" }]);
        world.happen({ type: "opened", link: 3, pingMs: 25_000 });
        world.nextTimer();
        expect(linksOf(world.state).map(({ transport }) => transport)).toEqual(["poll", "socket"]);
        world.happen({ type: "opened", link: 4, pingMs: 25_000 });
        expect(linksOf(world.state)).toEqual([{ id: 4, transport: "socket" }]);
        expect(world.open).toEqual(new Set([4]));
    });

    it("comes back after the time that going_away names, not before", () => {
        const world = played([], 7);
        world.happen({ type: "opened", link: 1, pingMs: 25_000 });
        world.happen({ type: "going_away", link: 1, reconnectMs: 4_000 });
        world.now += 1_000;
        world.happen({ type: "closed", link: 1, code: 1012 });
        expect(world.waits).toEqual([3_000]);
    });

    it("takes a newer token at once where a connection lived until its own ended", () => {
        const world = played([], 7);
        world.happen({ type: "opened", link: 1, pingMs: 25_000 });
        const [, effects] = step(
            world.state,
            { type: "closed", link: 1, code: 4440 },
            { now: world.now, chance: 0, limits: LIMITS },
        );
        expect(effects).toContainEqual({ do: "open", link: { id: 2, transport: "socket" }, newerToken: true });
    });

    it("gives up a socket that is silent after a ping", () => {
        const world = played([], 7);
        world.happen({ type: "opened", link: 1, pingMs: 25_000 });
        world.nextTimer();
        expect(world.timers.has("silence")).toBe(true);
        world.nextTimer();
        expect(world.state.phase.name).toBe("waiting");
        expect(world.open.size).toBe(0);
    });
});
