import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { discardsItself, kindsOf } from "./groups";

const AT = "2026-11-27T09:00:00.000-03:00";
const group = (key: string | null, count: number) => ({
    ...{ key, count, first_seen_at: AT, last_seen_at: AT },
    ...{ error_message: "no such instance", issue_state: "open" as const, link: null },
});
const issue = (fingerprint: string, discardUntil: string | null) => ({
    ...{ fingerprint, state: "muted" as const, link: "https://tracker.example/7", note: "known", count: 9 },
    ...{ discard_until: discardUntil, error_message: "older", event_type: "messages.upsert" },
    ...{ first_seen_at: AT, last_seen_at: AT, changed_by: "Olga", changed_at: AT },
});

describe("kinds of dead letters", () => {
    it("are what the filter matches, the largest first, with what was decided about each", () => {
        const kinds = kindsOf(
            [group("a", 2), group(null, 9), group("b", 7)],
            [issue("a", AT), issue("unmatched", null)],
        );
        expect(kinds.map(({ fingerprint, count, state, link }) => [fingerprint, count, state, link])).toEqual([
            ["b", 7, "open", null],
            ["a", 2, "muted", "https://tracker.example/7"],
        ]);
    });

    it("lose nothing of the counts", () => {
        fc.assert(
            fc.property(
                fc.uniqueArray(fc.string({ minLength: 1 }), { minLength: 0 }),
                fc.array(fc.nat()),
                (keys, counts) => {
                    const groups = keys.map((key, index) => group(key, counts[index] ?? 1));
                    const sum = (list: { count: number }[]) => list.reduce((total, one) => total + one.count, 0);
                    expect(sum(kindsOf(groups, []))).toBe(sum(groups));
                },
            ),
        );
    });

    it("discard themselves until their time, and not after", () => {
        const [kind] = kindsOf([group("a", 1)], [issue("a", AT)]);
        if (!kind) throw new Error("no kind");
        expect(discardsItself(kind, Date.parse(AT) - 1)).toBe(true);
        expect(discardsItself(kind, Date.parse(AT))).toBe(false);
    });
});
