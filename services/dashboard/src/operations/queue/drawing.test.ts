import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { pathOf } from "./sparkline-path";
import { thinned } from "./thinned";
import { intervalOf } from "./useRefreshEvery";

describe("what is drawn", () => {
    it("stays within its frame", () => {
        fc.assert(
            fc.property(fc.array(fc.nat(1_000_000), { minLength: 1 }), (values) => {
                const numbers = [...pathOf(values, 96, 24).matchAll(/[ML]([\d.]+) ([\d.]+)/g)];
                for (const [, x, y] of numbers) {
                    expect(Number(x)).toBeLessThanOrEqual(96);
                    expect(Number(y)).toBeGreaterThanOrEqual(2);
                    expect(Number(y)).toBeLessThanOrEqual(22);
                }
            }),
        );
        expect(pathOf([], 96, 24)).toBe("");
    });

    it("is told in a table from the newest to the oldest, each moment once", () => {
        fc.assert(
            fc.property(fc.nat(2000), fc.integer({ min: 2, max: 30 }), (length, most) => {
                const indexes = thinned(length, most);
                expect(indexes).toHaveLength(Math.min(length, most));
                expect(new Set(indexes).size).toBe(indexes.length);
                expect(indexes).toEqual([...indexes].sort((one, other) => other - one));
                if (length > 0) expect(indexes[0]).toBe(length - 1);
                if (length > 1) expect(indexes.at(-1)).toBe(0);
            }),
        );
    });

    it("is looked at as often as was chosen, and each five seconds where nothing sensible was", () => {
        expect(["0", "1", "60", "3", "", null].map(intervalOf)).toEqual([0, 1, 60, 5, 5, 5]);
    });
});
