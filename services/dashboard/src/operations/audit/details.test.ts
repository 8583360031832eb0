import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { detailsOf } from "./details";

describe("what an entry of the audit log tells", () => {
    it("reads from what was to what is", () => {
        expect(detailsOf({ after: { assigned_to: 3 }, before: { assigned_to: null }, version: 4 })).toEqual([
            { name: "assigned_to", was: "–", is: "3" },
        ]);
    });

    it("calls things by their names", () => {
        expect(detailsOf({ label: { id: "4", name: "Urgente", colour: "#b42318" } })).toEqual([
            { name: "label", is: "Urgente" },
        ]);
    });

    it("keeps every name but the version's, whatever the values", () => {
        fc.assert(
            fc.property(
                fc.dictionary(
                    fc.string().filter((name) => !RESERVED.includes(name)),
                    fc.jsonValue(),
                ),
                (data) => {
                    expect(detailsOf({ ...data, version: 1 }).map(({ name }) => name)).toEqual(Object.keys(data));
                },
            ),
        );
    });

    it("shows a lone before or after as it is", () => {
        expect(detailsOf({ before: { name: "Ana" } })).toEqual([{ name: "before", is: "Ana" }]);
    });
});

const RESERVED = ["before", "after", "version", "__proto__"];
