import { describe, expect, it } from "vitest";
import { Problem } from "@/api/problem";
import { conflictOf } from "./conflict";

const label = { id: "1", name: "Retorno", version: 4 };

describe("a conflict", () => {
    it("is told with the thing as it is now", () => {
        expect(conflictOf(new Problem(412, { code: "stale", label }), "label")).toEqual({ now: label });
    });

    it("is none where something else was refused, or the thing does not come with it", () => {
        expect(conflictOf(new Problem(409, { label }), "label")).toBeNull();
        expect(conflictOf(new Problem(412, { code: "stale" }), "label")).toBeNull();
        expect(conflictOf(new Problem(412, { label: { name: "x" } }), "label")).toBeNull();
        expect(conflictOf(new TypeError("network"), "label")).toBeNull();
    });
});
