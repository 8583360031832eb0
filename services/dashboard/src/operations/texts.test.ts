import { describe, expect, it } from "vitest";
import { textKeys } from "@/i18n/namespaces";
import { texts } from "./texts";

const SOURCES = import.meta.glob<string>(["./**/*.{ts,tsx}", "!./**/*.test.ts"], {
    eager: true,
    query: "?raw",
    import: "default",
});
const OF_UI = new Set(["cancel", "close", "save"]);

describe("the texts of the operator's console", () => {
    it("has every text that its pages name", () => {
        const there = new Set(textKeys(texts.en).map((key) => key.replace(/_(one|other)$/, "")));
        const named = Object.values(SOURCES).flatMap((source) => [...source.matchAll(/\bt\(\s*"([\w.]+)"/g)]);
        const missing = named.map(([, key]) => key ?? "").filter((key) => !there.has(key) && !OF_UI.has(key));
        expect(named.length).toBeGreaterThan(100);
        expect(missing).toEqual([]);
    });
});
