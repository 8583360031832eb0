import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { canPause, canResume, isOver, progressOf, type Replay } from "./progress";

const figures = fc.record({
    total: fc.nat(100_000),
    released: fc.nat(100_000),
    succeeded: fc.nat(100_000),
    failed: fc.nat(100_000),
    skipped: fc.nat(100_000),
    rate: fc.float({ min: Math.fround(0.1), max: 1000, noNaN: true }),
    state: fc.constantFrom<Replay["state"]>("running", "paused", "cancelled", "stopped", "done"),
});

describe("the progress of a replay", () => {
    it("never leaves its bounds, whatever the order in which figures are counted", () => {
        fc.assert(
            fc.property(figures, (some) => {
                const progress = progressOf(some as Replay);
                expect(progress.share).toBeGreaterThanOrEqual(0);
                expect(progress.share).toBeLessThanOrEqual(1);
                expect(progress.waiting).toBeGreaterThanOrEqual(0);
                expect(progress.secondsLeft === null || progress.secondsLeft >= 0).toBe(true);
            }),
        );
    });

    it("counts what waits, what is in hand and how long it takes", () => {
        const some = { total: 100, released: 30, succeeded: 18, failed: 2, skipped: 10, rate: 5, state: "running" };
        expect(progressOf(some as Replay)).toEqual({
            settled: 30,
            share: 0.3,
            waiting: 60,
            inHand: 10,
            secondsLeft: 12,
        });
    });

    it("offers pause, resume and nothing by its state", () => {
        const offers = (state: Replay["state"]) => {
            const replay = { state } as Replay;
            return [canPause(replay), canResume(replay), isOver(replay)];
        };
        expect(offers("running")).toEqual([true, false, false]);
        expect(offers("paused")).toEqual([false, true, false]);
        expect(offers("stopped")).toEqual([false, false, true]);
    });
});
