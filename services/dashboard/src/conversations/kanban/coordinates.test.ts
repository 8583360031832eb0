import fc from "fast-check";
import { expect, it } from "vitest";
import { columnAfter } from "./coordinates";

it("carries a card one column at a time, never past the last", () => {
    const keys = fc.constantFrom("ArrowRight", "ArrowLeft", "Home", "End", "ArrowUp", "x");
    fc.assert(
        fc.property(keys, fc.nat(9), (key, current) => {
            const next = columnAfter(key, current, 10);
            expect(next >= 0 && next < 10).toBe(true);
            if (key === "ArrowRight" && current < 9) expect(next).toBe(current + 1);
            if (key === "ArrowUp") expect(next).toBe(current);
        }),
    );
});
