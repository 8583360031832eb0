import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
    extended,
    MOST_SELECTED,
    NOTHING_SELECTED,
    type Selection,
    stillShown,
    toggled,
    toggledAll,
} from "./selection";

const shown = Array.from({ length: 150 }, (_, index) => String(index));

describe("a selection", () => {
    it("never holds a row twice, nor more than a request may change, whatever is clicked", () => {
        const click = fc.record({ id: fc.constantFrom(...shown), how: fc.constantFrom("one", "range", "all") });
        fc.assert(
            fc.property(fc.array(click), (clicks) => {
                const selection = clicks.reduce<Selection>((now, { id, how }) => {
                    if (how === "one") return toggled(now, id);
                    return how === "range" ? extended(now, id, shown) : toggledAll(now, shown);
                }, NOTHING_SELECTED);
                expect(new Set(selection.ids).size).toBe(selection.ids.length);
                expect(selection.ids.length).toBeLessThanOrEqual(MOST_SELECTED);
            }),
        );
    });

    it("takes a range in either direction, and one row where the first is gone", () => {
        const from = toggled(NOTHING_SELECTED, "5");
        expect(extended(from, "3", shown).ids).toEqual(["5", "3", "4"]);
        expect(extended({ ids: [], anchor: "gone" }, "3", shown).ids).toEqual(["3"]);
    });

    it("loses what is no longer shown, and nothing else", () => {
        const selection = { ids: ["1", "x", "2"], anchor: "1" };
        expect(stillShown(selection, shown).ids).toEqual(["1", "2"]);
        const kept = { ids: ["1"], anchor: "1" };
        expect(stillShown(kept, shown)).toBe(kept);
    });

    it("is emptied by choosing all a second time", () => {
        const all = toggledAll(NOTHING_SELECTED, ["1", "2"]);
        expect(toggledAll(all, ["1", "2"])).toEqual(NOTHING_SELECTED);
    });
});
