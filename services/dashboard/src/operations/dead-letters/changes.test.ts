import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { changesBetween } from "./changes";

const copied = (value: unknown): unknown => JSON.parse(JSON.stringify(value));

describe("the changes between two payloads", () => {
    it("are none where both say the same, and some where they do not", () => {
        fc.assert(
            fc.property(fc.jsonValue(), fc.jsonValue(), (one, other) => {
                expect(changesBetween(copied(one), copied(one))).toEqual([]);
                const same = JSON.stringify(sorted(one)) === JSON.stringify(sorted(other));
                expect(changesBetween(copied(one), copied(other)).length === 0).toBe(same);
            }),
        );
    });

    it("name what was added, removed and changed, where it stands", () => {
        const before = { event: "x", data: { list: [1, 2], gone: true } };
        const after = { event: "y", data: { list: [1, 3, 4] }, more: null };
        expect(changesBetween(before, after)).toEqual([
            { path: "event", kind: "changed" },
            { path: "data.list.1", kind: "changed" },
            { path: "data.list.2", kind: "added" },
            { path: "data.gone", kind: "removed" },
            { path: "more", kind: "added" },
        ]);
    });

    it("take a list and an object for two things", () => {
        expect(changesBetween({ data: [] }, { data: {} })).toEqual([{ path: "data", kind: "changed" }]);
    });
});

function sorted(value: unknown): unknown {
    if (Array.isArray(value)) return value.map(sorted);
    if (typeof value !== "object" || value === null) return value;
    return Object.fromEntries(
        Object.entries(value)
            .sort(([one], [other]) => (one < other ? -1 : 1))
            .map(([name, member]) => [name, sorted(member)]),
    );
}
