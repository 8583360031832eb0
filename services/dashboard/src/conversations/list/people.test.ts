import fc from "fast-check";
import { expect, it } from "vitest";
import { hueOf, initials, phoneText } from "./people";

it("makes initials of the first and the last name", () => {
    expect([initials("Maria Aparecida da Silva"), initials("joão"), initials("Élida")]).toEqual(["MS", "J", "É"]);
    expect([initials(""), initials("+55 11 9"), initials("🙂 Ana")]).toEqual(["#", "#", "A"]);
});

it("gives everybody one of eight colours, always the same", () => {
    fc.assert(
        fc.property(fc.string(), (id) => {
            expect(hueOf(id)).toBe(hueOf(id));
            expect(hueOf(id)).toBeGreaterThanOrEqual(0);
            expect(hueOf(id)).toBeLessThan(8);
        }),
    );
});

it("writes Brazilian numbers as people do, and others as they are", () => {
    expect(phoneText("5511965860124")).toBe("+55 11 96586-0124");
    expect(phoneText("558587770103")).toBe("+55 85 8777-0103");
    expect(phoneText("14155550100")).toBe("+14155550100");
    expect(phoneText("201122@lid")).toBe("201122@lid");
    expect(phoneText(null)).toBe("");
});
