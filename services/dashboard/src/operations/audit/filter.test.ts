import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { auditFilterOf, auditSearchOf, placeOf } from "./filter";

const word = fc.string({ minLength: 1 }).filter((text) => text.trim() === text && text !== "");

describe("the filter of the audit log", () => {
    it("is the same thing in its address", () => {
        const filters = fc.record({ action: word, subjectType: word, subjectId: word }, { requiredKeys: [] });
        fc.assert(
            fc.property(filters, (filter) => {
                expect(auditFilterOf(auditSearchOf(filter))).toEqual(filter);
            }),
        );
    });

    it("is nothing where blanks were typed", () => {
        expect(auditFilterOf("?action=%20&subject_id=")).toEqual({});
    });

    it("leads to what can be shown, and nowhere by a strange id", () => {
        expect(placeOf("dead_letter", "7")).toBe("/operations/dead-letters/7");
        expect(placeOf("dead_letter", "../../x")).toBeNull();
        expect(placeOf("conversation", "a/b")).toBe("/conversations/a%2Fb");
        expect(placeOf("user", "7")).toBeNull();
    });
});
