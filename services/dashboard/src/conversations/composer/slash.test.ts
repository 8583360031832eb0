import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { CannedReply } from "../entities";
import { matching, slashAt, withReply } from "./slash";

const reply = (shortcut: string, content = "x"): CannedReply => ({
    id: shortcut,
    shortcut,
    content,
    created_at: "",
    updated_at: "",
    version: 1,
});

describe("a slash", () => {
    it("begins a canned reply at a word's beginning, and nowhere else", () => {
        expect(slashAt("/je", 3)).toEqual({ from: 0, to: 3, query: "je" });
        expect(slashAt("Bom dia /", 9)).toEqual({ from: 8, to: 9, query: "" });
        for (const text of ["10/12", "https://a", "/jejum ", "e/ou", "//"])
            expect(slashAt(text, text.length)).toBeNull();
        expect(slashAt("/jejum depois", 13)).toBeNull();
    });

    it("is replaced alone, whatever stands around it, and the caret follows", () => {
        fc.assert(
            fc.property(fc.string(), fc.string(), fc.string(), (before, content, after) => {
                const text = `${before} /je${after}`;
                const slash = slashAt(text, before.length + 4);
                if (!slash) throw new Error("no slash found");
                const done = withReply(text, slash, content);
                expect(done.text).toBe(`${before} ${content}${after}`);
                expect(done.text.slice(0, done.caret)).toBe(`${before} ${content}`);
            }),
        );
    });
});

it("finds replies by how they begin first, then by what they hold, without accents", () => {
    const replies = [reply("preco", "olá"), reply("Olá"), reply("bola"), reply("fim")];
    expect(matching(replies, "ola").map(({ shortcut }) => shortcut)).toEqual(["Olá", "bola", "preco"]);
    expect(matching(replies, "zzz")).toEqual([]);
    expect(matching(replies, "")).toHaveLength(4);
});
