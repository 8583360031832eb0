import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { durationSince } from "../clock/durations";
import { oldestWait, pressureOf, waitingSince } from "./waiting";

const entry = (sender: string | null, timestamp: string, status: "active" | "archived" = "active") => ({
    status,
    last_message_sender: sender,
    timestamp,
});
const NOW = new Date("2025-06-27T12:00:00-03:00");

describe("waiting", () => {
    it("is a patient who had the last word in an open conversation", () => {
        expect(waitingSince(entry("patient", "2025-06-27T11:00:00-03:00"))).toBe("2025-06-27T11:00:00-03:00");
        expect(waitingSince(entry("professional", "2025-06-27T11:00:00-03:00"))).toBeNull();
        expect(waitingSince(entry("patient", "2025-06-27T11:00:00-03:00", "archived"))).toBeNull();
        expect(waitingSince(entry(null, "2025-06-27T11:00:00-03:00"))).toBeNull();
    });

    it("becomes pressing with time", () => {
        expect(pressureOf("2025-06-27T11:55:00-03:00", NOW)).toBe("fresh");
        expect(pressureOf("2025-06-27T11:50:00-03:00", NOW)).toBe("long");
        expect(pressureOf("2025-06-27T11:00:00-03:00", NOW)).toBe("overdue");
    });

    it("is oldest for nobody who waits shorter, however offsets are written", () => {
        const moment = fc
            .integer({ min: 0, max: 10 ** 9 })
            .map((seconds) => new Date(1.7e12 + seconds * 1000).toISOString());
        fc.assert(
            fc.property(fc.array(moment), (moments) => {
                const oldest = oldestWait(moments.map((at) => entry("patient", at)));
                expect(oldest).toBe([...moments].sort()[0] ?? null);
            }),
        );
    });
});

it("says a duration in its largest unit, and nothing negative", () => {
    expect(durationSince("2025-06-27T12:05:00-03:00", NOW)).toEqual({ unit: "now", count: 0 });
    expect(durationSince("2025-06-27T11:01:00-03:00", NOW)).toEqual({ unit: "minutes", count: 59 });
    expect(durationSince("2025-06-27T11:00:00-03:00", NOW)).toEqual({ unit: "hours", count: 1 });
    expect(durationSince("2025-06-25T11:59:00-03:00", NOW)).toEqual({ unit: "days", count: 2 });
});
