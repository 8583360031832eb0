import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { isConfirmed } from "./confirmation";

describe("the typed confirmation", () => {
    it("takes a number as people write it in either language", () => {
        fc.assert(
            fc.property(fc.integer({ min: 1, max: 10_000_000 }), (count) => {
                for (const language of ["pt-BR", "en", "fr"])
                    expect(isConfirmed(` ${count.toLocaleString(language)} `, count)).toBe(true);
            }),
        );
    });

    it("takes no other number", () => {
        const numbers = fc.tuple(fc.nat(), fc.nat()).filter(([one, other]) => one !== other);
        fc.assert(
            fc.property(numbers, ([typed, count]) => {
                expect(isConfirmed(String(typed), count)).toBe(false);
            }),
        );
    });

    it.each(["", "0", "sim", "-12", "012", "12a", "1e1"])("takes no %j", (typed) => {
        expect(isConfirmed(typed, 12)).toBe(false);
        expect(isConfirmed(typed, 0)).toBe(false);
    });
});
