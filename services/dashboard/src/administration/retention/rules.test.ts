import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { CLASSES, rulesOf } from "./rules";

const entry = (id: number, action: string, data: Record<string, unknown>) => ({
    ...{ id: String(id), action: `retention.${action}`, data, actor: null },
    at: new Date(Date.UTC(2026, 10, 1, 12, 0, Math.floor(id / 2))).toISOString(),
});

describe("what holds of the retention", () => {
    it("is nothing where nothing was ever set", () => {
        expect(rulesOf([]).map(({ kind, days }) => [kind, days])).toEqual(CLASSES.map((kind) => [kind, null]));
    });

    it("is what was set or ended last, in whatever order it is told", () => {
        const told = [
            entry(1, "set", { class: "messages", days: 30 }),
            entry(2, "set", { class: "messages", days: 90 }),
            entry(3, "set", { class: "media", days: 10 }),
            entry(4, "ended", { class: "media" }),
            entry(9, "set", { class: "unheard", days: 1 }),
        ];
        fc.assert(
            fc.property(fc.shuffledSubarray(told, { minLength: told.length }), (entries) => {
                const days = Object.fromEntries(rulesOf(entries).map((rule) => [rule.kind, rule.days]));
                expect(days).toEqual({ messages: 90, media: null, dead_letters: null, reads: null });
            }),
        );
    });
});
