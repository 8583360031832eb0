import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { PRIORITIES } from "../entities";
import { isNarrowed, NO_FILTERS, parseFilters, queryOf, TABS, writeFilters } from "./filters";

const filters = fc.record({
    tab: fc.constantFrom(...TABS),
    status: fc.constantFrom("active" as const, "archived" as const),
    priority: fc.option(fc.constantFrom(...PRIORITIES)),
    label: fc.option(fc.stringMatching(/^[1-9][0-9]{0,9}$/)),
    q: fc.string(),
});

describe("the filters in the address", () => {
    it("come back as they were written", () => {
        fc.assert(
            fc.property(filters, (some) => {
                expect(parseFilters(writeFilters(some))).toEqual(some);
            }),
        );
    });

    it("are as always where the address says nothing, or nonsense", () => {
        expect(parseFilters("")).toEqual(NO_FILTERS);
        expect(parseFilters("tab=theirs&status=open&priority=9")).toEqual(NO_FILTERS);
        expect(writeFilters(NO_FILTERS)).toBe("");
    });

    it("ask the API only for what narrows", () => {
        expect(queryOf(NO_FILTERS)).toEqual({ status: "active", assigned_to: "me" });
        expect(queryOf({ ...NO_FILTERS, tab: "all", q: "  maria " })).toEqual({ status: "active", q: "maria" });
    });

    it("narrow by anything but the tab", () => {
        expect(isNarrowed({ ...NO_FILTERS, tab: "all" })).toBe(false);
        expect(isNarrowed({ ...NO_FILTERS, label: "3" })).toBe(true);
        expect(isNarrowed({ ...NO_FILTERS, q: "  " })).toBe(false);
    });
});
