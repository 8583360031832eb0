import { describe, expect, it } from "vitest";
import { NEW_SOURCE, change, creation, sourceFormOf, type SourceValues } from "./source-form";

const wa: SourceValues = {
    ...NEW_SOURCE,
    name: "clinica-wa",
    apiUrl: "https://evo.example",
    apiKey: "0123456789abcdef",
};
const problems = (values: Partial<SourceValues>) =>
    sourceFormOf
        .safeParse({ ...wa, ...values })
        .error?.issues.map(({ path, message }) => `${path.join(".")}: ${message}`);

describe("the form of a source", () => {
    it("says only what was changed", () => {
        expect(change(wa, { ...wa, ratePerSecond: "20" })).toEqual({ rate_per_second: 20 });
        expect(change(wa, { ...wa, apiUrl: "" })).toEqual({ api_url: null });
        expect(change({ ...wa, apiKey: "" }, { ...wa, apiKey: "" })).toEqual({});
    });

    it("gives a key only where one was typed", () => {
        expect(change({ ...wa, apiKey: "" }, wa)).toEqual({ api_key: wa.apiKey });
        expect(creation({ ...wa, apiKey: "" }).api_key).toBeNull();
    });

    it("says nothing about an instance where there is none", () => {
        const body = creation({ ...wa, kind: "n8n", name: "agenda", sendsPerSecond: "2,5", ratePerSecond: "5" });
        expect(body).toMatchObject({ kind: "n8n", name: "agenda", rate_per_second: 5 });
        expect([body.api_url, body.api_key, body.sends_per_second, body.accepts]).toEqual([null, null, null, null]);
    });

    it("reads numbers with a comma as people write them", () => {
        expect(creation({ ...wa, sendsPerSecond: "2,5" }).sends_per_second).toBe(2.5);
    });

    it("names what cannot be", () => {
        expect(problems({})).toBeUndefined();
        expect(
            problems({ name: " ", ratePerSecond: "1,5", sendsPerSecond: "-1", apiUrl: "ftp://x", apiKey: "short" }),
        ).toEqual([
            "name: missing",
            "ratePerSecond: wholeNumber",
            "sendsPerSecond: number",
            "apiUrl: url",
            "apiKey: shortKey",
        ]);
    });
});
