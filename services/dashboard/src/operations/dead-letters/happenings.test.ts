import { describe, expect, it } from "vitest";
import { attemptsOf, happeningsOf } from "./happenings";
import { rawText } from "./raw-text";

describe("what happened to a dead letter", () => {
    it("is told the newest first, without what cannot be read", () => {
        const [early, late] = ["2026-11-27T09:00:00.000-03:00", "2026-11-27T13:00:00.000+00:00"];
        expect(
            attemptsOf([{ at: early, duration_ms: 3 }, null, {}, { at: late, worker: "w" }]).map(({ at }) => at),
        ).toEqual([late, early]);
        expect(happeningsOf([{ at: early, event: "dead", by: null }, { at: early }])).toHaveLength(1);
    });

    it("came as bytes that are shown even where they are no text", () => {
        expect(rawText(btoa(String.fromCharCode(0xc3, 0xa1, 0x20, 0xff)))).toBe("á \ufffd");
    });
});
