import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { NOTHING, allToggled, present, rangeToggled, toggled } from "./selection";

const LISTED = ["a", "b", "c", "d", "e"];

describe("a selection", () => {
    it("is what it was after the same thing twice", () => {
        fc.assert(
            fc.property(fc.subarray(LISTED), fc.constantFrom(...LISTED), (chosen, id) => {
                const before = { ids: new Set(chosen), anchor: null };
                expect(toggled(toggled(before, id), id).ids).toEqual(before.ids);
            }),
        );
    });

    it("takes with shift everything between, in either direction", () => {
        expect([...rangeToggled(toggled(NOTHING, "b"), LISTED, "d").ids]).toEqual(["b", "c", "d"]);
        expect([...rangeToggled(toggled(NOTHING, "d"), LISTED, "b").ids].sort()).toEqual(["b", "c", "d"]);
    });

    it("gives with shift everything between back", () => {
        const all = allToggled(NOTHING, LISTED);
        expect([...rangeToggled(toggled(all, "b"), LISTED, "d").ids]).toEqual(["a", "e"]);
    });

    it("takes one where the range's beginning has left the list", () => {
        expect([...rangeToggled({ ids: new Set(), anchor: "gone" }, LISTED, "c").ids]).toEqual(["c"]);
    });

    it("never holds what is not listed", () => {
        fc.assert(
            fc.property(fc.array(fc.string({ maxLength: 1 })), fc.subarray(LISTED), (chosen, listed) => {
                const kept = present({ ids: new Set(chosen), anchor: chosen[0] ?? null }, listed);
                for (const id of kept.ids) expect(listed).toContain(id);
                expect(kept.anchor === null || listed.includes(kept.anchor)).toBe(true);
            }),
        );
    });

    it("is everything or nothing", () => {
        expect(allToggled(allToggled(NOTHING, LISTED), LISTED).ids.size).toBe(0);
        expect(allToggled(toggled(NOTHING, "a"), LISTED).ids.size).toBe(5);
    });
});
