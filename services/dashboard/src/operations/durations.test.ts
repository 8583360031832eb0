import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { formatDuration, secondsSince } from "./durations";

describe("durations", () => {
    it.each([
        [0.4, "0 s"],
        [59.9, "59 s"],
        [60, "1 min"],
        [185, "3 min 5 s"],
        [3600, "1 h"],
        [7500, "2 h 5 min"],
        [86_400 * 3 + 3600 * 4 + 59, "3 d 4 h"],
    ])("says %s seconds as %s", (seconds, said) => expect(formatDuration(seconds)).toBe(said));

    it("never names a unit that would have made a larger one", () => {
        const most: Record<string, number> = { s: 60, min: 60, h: 24 };
        fc.assert(
            fc.property(fc.integer({ min: 0, max: 10_000_000 }), (seconds) => {
                const parts = formatDuration(seconds).matchAll(/(\d+) (\w+)/g);
                for (const [, amount, unit] of parts)
                    expect(Number(amount)).toBeLessThan(most[unit ?? ""] ?? Number.POSITIVE_INFINITY);
            }),
        );
    });

    it("takes a time ahead of this clock for now", () => {
        expect(secondsSince("2026-11-27T12:00:10.000-03:00", Date.parse("2026-11-27T15:00:00.000Z"))).toBe(0);
    });
});
