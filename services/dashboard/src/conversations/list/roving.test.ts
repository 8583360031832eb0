import fc from "fast-check";
import { expect, it } from "vitest";
import { focusAfter } from "./roving";

const KEYS = ["ArrowDown", "ArrowUp", "Home", "End", "PageDown", "PageUp", "a", "Enter"];

it("keeps the focus within the list, whatever is pressed", () => {
    fc.assert(
        fc.property(fc.constantFrom(...KEYS), fc.nat(50), fc.integer({ min: 1, max: 50 }), (key, at, count) => {
            const next = focusAfter(key, Math.min(at, count - 1), count);
            if (next !== null) expect(next >= 0 && next < count).toBe(true);
        }),
    );
});

it("leaves other keys, and an empty list, alone", () => {
    expect(focusAfter("a", 0, 3)).toBeNull();
    expect(focusAfter("ArrowDown", 0, 0)).toBeNull();
    expect(focusAfter("ArrowDown", 0, 3)).toBe(1);
});
