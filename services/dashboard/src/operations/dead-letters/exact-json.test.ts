import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { memberText, prettyJson } from "./exact-json";

describe("JSON as text", () => {
    it("says over several lines what it said in one", () => {
        fc.assert(
            fc.property(fc.json(), (text) => {
                const value: unknown = JSON.parse(text);
                expect(prettyJson(text)).toBe(JSON.stringify(value, null, 2));
            }),
        );
    });

    it("keeps numbers that JavaScript has no room for", () => {
        const text = '{"id":5511965860124551150391104,"x":1e400,"y":1.10}';
        expect(prettyJson(text)).toBe('{\n  "id": 5511965860124551150391104,\n  "x": 1e400,\n  "y": 1.10\n}');
    });

    it("finds a member where it stands, and none of those deeper in", () => {
        const members = fc.dictionary(fc.string(), fc.jsonValue());
        fc.assert(
            fc.property(members, fc.string(), fc.jsonValue(), (others, name, value) => {
                const whole = new Map<string, unknown>(Object.entries({ ...others, [name]: value }));
                const found = memberText(
                    JSON.stringify({ deeper: { [name]: "wrong" }, ...Object.fromEntries(whole) }),
                    name,
                );
                expect(found).toBe(JSON.stringify(name === "deeper" ? whole.get(name) : value));
            }),
        );
    });

    it("finds nothing where there is nothing", () => {
        expect(memberText('{"a":{"payload":1}}', "payload")).toBeUndefined();
        expect(memberText("null", "payload")).toBeUndefined();
    });
});
