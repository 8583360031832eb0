import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { DENSE_MS, KEPT_MS, SPARSE_GAP_MS, appended, within, type Sample } from "./samples";
import { sample } from "./made-samples";

const grown = (gaps: number[]): Sample[] => {
    let [series, at]: [Sample[], number] = [[], 0];
    for (const gap of gaps) series = appended(series, sample((at += gap)));
    return series;
};

describe("the kept samples", () => {
    it("stay in order and bounded, however often somebody looks", () => {
        fc.assert(
            fc.property(fc.array(fc.integer({ min: 1, max: 120_000 }), { minLength: 1, maxLength: 300 }), (gaps) => {
                const series = grown(gaps);
                const end = series.at(-1)?.at ?? 0;
                expect(end).toBe(gaps.reduce((sum, gap) => sum + gap, 0));
                const sparse = series.filter((one) => end - one.at > DENSE_MS);
                series.slice(1).forEach((one, index) => expect(one.at).toBeGreaterThan(series[index]?.at ?? 0));
                expect(sparse.length).toBeLessThanOrEqual((KEPT_MS - DENSE_MS) / SPARSE_GAP_MS + 1);
                expect(series.every((one) => end - one.at <= KEPT_MS)).toBe(true);
            }),
        );
    });

    it("lose none of the last five minutes", () => {
        const series = grown(Array.from({ length: 4000 }, () => 1000));
        expect(series.filter((one) => 4_000_000 - one.at <= DENSE_MS)).toHaveLength(301);
        expect(series.length).toBeLessThan(301 + 332);
    });

    it("do not take one that is not newer", () => {
        const series = [sample(5)];
        expect(appended(series, sample(5))).toEqual(series);
    });

    it("are cut to a range", () => {
        expect(within([sample(0), sample(50), sample(100)], 50, 100).map((one) => one.at)).toEqual([50, 100]);
    });
});
