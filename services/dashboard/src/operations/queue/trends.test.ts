import { describe, expect, it } from "vitest";
import { sample } from "./made-samples";
import { ageLevel, errorLevel } from "./thresholds";
import { laneOf, processedPerMinute, processedSeries, trendOf } from "./trends";

const received = (one: { received: number }) => one.received;

describe("trends", () => {
    it("are unknown before there is anything to compare with", () => {
        expect(trendOf([], received)).toBe("unknown");
        expect(trendOf([sample(0), sample(30_000, { received: 900 })], received)).toBe("unknown");
    });

    it("compare the last minute with the five before", () => {
        const series = [sample(0, { received: 10 }), sample(60_000, { received: 10 })];
        expect(trendOf([...series, sample(120_000, { received: 14 })], received)).toBe("up");
        expect(trendOf([...series, sample(120_000, { received: 2 })], received)).toBe("down");
        expect(trendOf([...series, sample(120_000, { received: 10.5 })], received)).toBe("flat");
    });

    it("take less than a tenth of much for noise", () => {
        const series = [sample(0, { received: 1000 }), sample(120_000, { received: 1050 })];
        expect(trendOf(series, received)).toBe("flat");
    });
});

describe("what was processed in a minute", () => {
    it("is by how much more were worked than a minute ago", () => {
        expect(processedPerMinute([sample(0, { worked: 100 }), sample(60_000, { worked: 170 })])).toBe(70);
    });

    it("is a minute's, also where the look before was a little longer ago", () => {
        expect(processedPerMinute([sample(0, { worked: 100 }), sample(75_000, { worked: 200 })])).toBe(80);
    });

    it("is unknown where nothing was seen a minute ago", () => {
        expect(processedPerMinute([sample(0, { worked: 3 })])).toBeNull();
        expect(processedPerMinute([sample(0), sample(200_000, { worked: 3 })])).toBeNull();
    });

    it("is never less than none, and told for each sample of a plot", () => {
        expect(processedSeries([sample(0, { worked: 9 }), sample(60_000)])).toEqual([null, 0]);
    });
});

describe("levels and lanes", () => {
    it("rise with age and with errors", () => {
        expect([0, 29.9, 30, 299, 300].map(ageLevel)).toEqual(["calm", "calm", "warning", "warning", "alarm"]);
        expect([0, 0.01, 0.1].map(errorLevel)).toEqual(["calm", "warning", "alarm"]);
    });

    it("tell replies and deliveries from events", () => {
        expect(["messages.upsert", "send.text", "deliver.message.created"].map(laneOf)).toEqual([
            "events",
            "sends",
            "deliveries",
        ]);
    });
});
