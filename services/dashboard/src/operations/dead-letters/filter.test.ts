import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { REASONS, STATES, apiFilter, filterOf, narrowing, searchOf, type DeadLetterFilter } from "./filter";

const word = fc.string({ minLength: 1, maxLength: 40 });
const filters: fc.Arbitrary<DeadLetterFilter> = fc.record(
    {
        states: fc.subarray([...STATES], { minLength: 0, maxLength: STATES.length - 1 }),
        source: fc.constantFrom("evolution", "n8n"),
        event_type: word,
        reason: fc.constantFrom(...REASONS),
        fingerprint: word,
        error: word,
        since: word,
        contains: word,
        conversation_id: word,
        minFailures: fc.integer({ min: 1, max: 1_000_000 }),
    },
    { requiredKeys: ["states"] },
);

describe("a filter and its address", () => {
    it("are the same thing in two forms", () => {
        fc.assert(
            fc.property(filters, (filter) => {
                expect(filterOf(searchOf(filter))).toEqual(filter);
            }),
        );
    });

    it("is what waits where nothing is said", () => {
        expect(filterOf("")).toEqual({ states: ["dead"] });
        expect(searchOf({ states: ["dead"] })).toBe("");
    });

    it("takes nothing that the API would refuse from an address that somebody wrote", () => {
        expect(filterOf("?state=alive&reason=whim&source=fax&min_failures=-3&error=")).toEqual({ states: ["dead"] });
        fc.assert(
            fc.property(fc.string(), (search) => {
                expect(filterOf(searchOf(filterOf(search)))).toEqual(filterOf(search));
            }),
        );
    });

    it("keeps every state as all of them", () => {
        expect(searchOf({ states: [...STATES] })).toBe("state=all");
        expect(filterOf("state=all").states).toEqual([]);
        expect(apiFilter({ states: [] })).toEqual({});
    });

    it("says to the API what was chosen, and how much narrows", () => {
        const filter: DeadLetterFilter = { states: ["dead"], reason: "bug", minFailures: 3 };
        expect(apiFilter(filter)).toEqual({ state: ["dead"], reason: "bug", min_failures: 3 });
        expect(narrowing(filter)).toBe(2);
    });
});
