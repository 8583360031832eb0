import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { COLOUR, PALETTE, freshColour } from "./colours";

describe("a new label's colour", () => {
    it("is one that no other label has, as long as there are any", () => {
        fc.assert(
            fc.property(fc.subarray([...PALETTE], { maxLength: PALETTE.length - 1 }), (used) => {
                expect(used).not.toContain(freshColour(used.map((colour) => colour.toUpperCase())));
            }),
        );
    });

    it("is one that fewest have after that", () => {
        expect(freshColour([...PALETTE, ...PALETTE.slice(1)])).toBe(PALETTE[0]);
    });

    it("is one that the API takes", () => {
        for (const colour of PALETTE) expect(colour).toMatch(COLOUR);
        expect("#fff").not.toMatch(COLOUR);
    });
});
