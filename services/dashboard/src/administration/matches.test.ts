import { describe, expect, it } from "vitest";
import { matches } from "./matches";

describe("a search in what is shown", () => {
    it("finds every word in any of the texts, accents or not", () => {
        expect(matches("OLA jejum", ["olá", "Venha em jejum"])).toBe(true);
        expect(matches("jejum amanhã", ["Venha em jejum"])).toBe(false);
        expect(matches("  ", ["anything"])).toBe(true);
    });
});
