import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { bodyOf, daysIn } from "./queries";

const BOUNDS = { fewest_days: 7, most_days: 36_500 };

describe("the days of a retention", () => {
    it("are taken within their bounds, and nothing else is", () => {
        fc.assert(
            fc.property(fc.integer({ min: -10, max: 40_000 }), (days) => {
                const isWithin = days >= 7 && days <= 36_500;
                expect(daysIn(` ${days} `, BOUNDS)).toBe(isWithin ? days : undefined);
            }),
        );
    });

    it.each(["7.5", "1e3", "0x10", "dez", "7 dias"])("are not %j", (text) =>
        expect(daysIn(text, BOUNDS)).toBeUndefined(),
    );

    it("are none where nothing is typed: everything is kept", () => expect(daysIn("  ", BOUNDS)).toBeNull());

    it("name one class, so that the others stay", () => {
        expect(JSON.stringify(bodyOf("media", null, false))).toBe('{"media":null,"dry_run":false}');
    });
});
