import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { shortcutOf, SHORTCUTS } from "./shortcuts";

const pressed = (told: object) => ({
    key: "",
    code: "",
    altKey: false,
    ctrlKey: false,
    metaKey: false,
    shiftKey: false,
    isComposing: false,
    ...told,
});

describe("shortcuts", () => {
    it("are known with Ctrl and with Cmd, and by place where Alt writes another character", () => {
        expect(shortcutOf(pressed({ key: "k", code: "KeyK", ctrlKey: true }))).toBe("palette");
        expect(shortcutOf(pressed({ key: "k", code: "KeyK", metaKey: true }))).toBe("palette");
        expect(shortcutOf(pressed({ key: "∆", code: "KeyJ", altKey: true }))).toBe("next");
    });

    it("find the slash of a Brazilian keyboard", () => {
        expect(shortcutOf(pressed({ key: "/", code: "IntlRo", ctrlKey: true }))).toBe("help");
    });

    it("take nothing from whoever writes: no key alone, none with AltGr, none of a composition", () => {
        const any = fc.record({
            key: fc.string({ maxLength: 2 }),
            code: fc.constantFrom(...SHORTCUTS.map(({ code }) => code)),
            shiftKey: fc.boolean(),
        });
        fc.assert(
            fc.property(any, (told) => {
                expect(shortcutOf(pressed(told))).toBeNull();
                expect(shortcutOf(pressed({ ...told, altKey: true, ctrlKey: true }))).toBeNull();
                expect(shortcutOf(pressed({ ...told, ctrlKey: true, isComposing: true }))).toBeNull();
            }),
        );
    });

    it("are each reachable by one combination only", () => {
        const combinations = SHORTCUTS.map(({ code, mod, alt }) => `${code} ${mod} ${alt}`);
        expect(new Set(combinations).size).toBe(SHORTCUTS.length);
    });
});
