import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { clockTime, dayKey, dayName, fullTime, listTime, playTime } from "./moments";

const ZONE = "America/Sao_Paulo";

describe("the time of a row", () => {
    it("is the clock's for today and the day's before, in the clinic's zone", () => {
        const now = new Date("2025-06-27T12:00:00-03:00");
        expect(listTime("2025-06-27T01:15:10.434-03:00", now, ZONE, "pt-BR")).toBe("01:15");
        expect(listTime("2025-06-26T18:45:22.567-03:00", now, ZONE, "pt-BR")).toBe("26 de jun");
        expect(listTime("2025-06-26T18:45:22.567-03:00", now, ZONE, "en")).toBe("Jun 26");
    });

    it("does not slip a day where the clinic's midnight is another day in UTC", () => {
        const now = new Date("2025-06-27T02:00:00-03:00");
        expect(listTime("2025-06-27T00:59:16.363-03:00", now, ZONE, "pt-BR")).toBe("00:59");
        expect(listTime("2025-06-26T23:59:59.999-03:00", now, ZONE, "pt-BR")).toBe("26 de jun");
    });

    it("is the same however the moment's offset is written", () => {
        fc.assert(
            fc.property(fc.integer({ min: 1.6e12, max: 1.9e12 }), (at) => {
                const utc = new Date(at).toISOString();
                const shifted = `${new Date(at - 3 * 3_600_000).toISOString().slice(0, -1)}-03:00`;
                const now = new Date(at + 40_000_000);
                expect(listTime(shifted, now, ZONE, "pt-BR")).toBe(listTime(utc, now, ZONE, "pt-BR"));
                expect(dayKey(shifted, ZONE)).toBe(dayKey(utc, ZONE));
            }),
        );
    });

    it("is empty rather than wrong for what is no moment", () => {
        expect(listTime("nonsense", new Date(), ZONE, "pt-BR")).toBe("");
        expect(fullTime("nonsense", ZONE, "pt-BR")).toBe("");
    });
});

describe("the name of a day", () => {
    const now = new Date("2025-06-27T00:30:00-03:00");

    it("is today and yesterday by the clinic's midnight, not by 24 hours", () => {
        expect(dayName("2025-06-27T00:10:00-03:00", now, ZONE, "pt-BR")).toEqual({ kind: "today" });
        expect(dayName("2025-06-26T00:10:00-03:00", now, ZONE, "pt-BR")).toEqual({ kind: "yesterday" });
    });

    it("is the weekday within a week and the date before", () => {
        expect(dayName("2025-06-23T10:00:00-03:00", now, ZONE, "pt-BR")).toEqual({
            kind: "named",
            text: "segunda-feira",
        });
        expect(dayName("2025-06-20T10:00:00-03:00", now, ZONE, "pt-BR")).toEqual({
            kind: "named",
            text: "20 de junho de 2025",
        });
    });

    it("is a date also for a clock that runs ahead of ours", () => {
        expect(dayName("2025-06-28T10:00:00-03:00", now, ZONE, "en").kind).toBe("named");
    });
});

it("writes midnight as 00, never as 24", () => {
    expect(clockTime("2025-06-27T00:00:00-03:00", ZONE, "en")).toBe("00:00");
});

it("writes how long something plays", () => {
    expect([playTime(12), playTime(61.9), playTime(3723), playTime(Number.NaN), playTime(-4)]).toEqual([
        "0:12",
        "1:01",
        "1:02:03",
        "0:00",
        "0:00",
    ]);
});
