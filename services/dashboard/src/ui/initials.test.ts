import fc from "fast-check";
import { expect, test } from "vitest";
import { hueOf, initials } from "./initials";

test("initials are of the first and the last name", () => {
    expect(initials("Ana Souza")).toBe("AS");
    expect(initials("maria da silva")).toBe("MS");
    expect(initials("Érica")).toBe("É");
    expect(initials("5511965860124")).toBe("24");
    expect(initials("🌵")).toBe("?");
});

test("whatever somebody is called, there is something to show and a colour", () => {
    fc.assert(
        fc.property(fc.string({ unit: "grapheme" }), fc.integer({ min: 1, max: 9 }), (name, count) => {
            expect(initials(name).length).toBeGreaterThan(0);
            expect(hueOf(name, count)).toBeGreaterThanOrEqual(0);
            expect(hueOf(name, count)).toBeLessThan(count);
            expect(hueOf(name, count)).toBe(hueOf(name, count));
        }),
    );
});
