import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { VARIABLES, filled, inserted, unknownVariables, type Variable } from "./variables";

const VALUES = Object.fromEntries(VARIABLES.map((name) => [name, `<${name}>`])) as Record<Variable, string>;
const said = (content: string, values = VALUES) =>
    filled(content, values)
        .map(({ text }) => text)
        .join("");

describe("variables of canned replies", () => {
    it("have values in their place", () => {
        expect(said("Olá, {{contact.first_name}}! {{ clinic.name }}")).toBe("Olá, <contact.first_name>! <clinic.name>");
    });

    it("leave a text without any as it is", () => {
        const plain = fc.string().filter((text) => !text.includes("{{"));
        fc.assert(
            fc.property(plain, (text) => {
                expect(said(text)).toBe(text);
            }),
        );
    });

    it("are never read out of a value", () => {
        const values = { ...VALUES, "contact.name": "{{agent.name}}" };
        expect(said("{{contact.name}}", values)).toBe("{{agent.name}}");
    });

    it("are named where they are none, and where braces are never closed", () => {
        expect(unknownVariables("{{contact.nome}} {{contact.name}} {{x}} {{x}}")).toEqual(["contact.nome", "x"]);
        expect(unknownVariables("{{contact.name")).toEqual(["{{"]);
        expect(unknownVariables("}} {{clinic.name}}")).toEqual(["}}"]);
    });

    it("can be put anywhere and are known there", () => {
        fc.assert(
            fc.property(fc.string(), fc.nat(), fc.constantFrom(...VARIABLES), (text, at, variable) => {
                const place = Math.min(at, text.length);
                const [content, caret] = inserted(text, place, place, variable);
                expect(content.slice(0, caret).endsWith(`{{${variable}}}`)).toBe(true);
                expect(content.replace(`{{${variable}}}`, "").length).toBe(text.length);
            }),
        );
    });
});
