import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Drafts, type Mode, type Shelf } from "./drafts";

function shelf(): Shelf & { kept: Map<string, string> } {
    const kept = new Map<string, string>();
    return {
        kept,
        getItem: (name) => kept.get(name) ?? null,
        setItem: (name, value) => void kept.set(name, value),
        removeItem: (name) => void kept.delete(name),
    };
}
const draft = (text: string) => ({ text, replyTo: null });

describe("drafts", () => {
    it("keep what was last begun per conversation and mode, and nothing of it elsewhere", () => {
        const step = fc.tuple(
            fc.constantFrom("1", "2", "11"),
            fc.constantFrom<Mode>("reply", "note"),
            fc.constantFrom("", "  ", "a", "b /ola", "c\n"),
        );
        fc.assert(
            fc.property(fc.array(step), (steps) => {
                const drafts = new Drafts("1", shelf(), () => 0);
                const expected = new Map<string, string>();
                for (const [id, mode, text] of steps) {
                    drafts.write(id, mode, draft(text));
                    expected.set(`${id} ${mode}`, text.trim() === "" ? "" : text);
                }
                for (const id of ["1", "2", "11"])
                    for (const mode of ["reply", "note"] as const)
                        expect(drafts.read(id, mode).text).toBe(expected.get(`${id} ${mode}`) ?? "");
            }),
        );
    });

    it("outlive a reload, but not a week, nor another user", () => {
        const kept = shelf();
        new Drafts("1", kept, () => 0).write("5", "reply", draft("bom dia"));
        expect(new Drafts("1", kept, () => 1000).read("5", "reply").text).toBe("bom dia");
        expect(new Drafts("2", kept, () => 1000).read("5", "reply").text).toBe("");
        expect(new Drafts("1", kept, () => 8 * 86_400_000).has("5")).toBe(false);
    });

    it("are none where what is kept cannot be read, or nothing can be kept", () => {
        for (const nonsense of ["{", "7", "null", '{"5 reply":{"text":3}}', "[]"]) {
            const kept = shelf();
            kept.setItem("prosa.drafts.1", nonsense);
            expect(new Drafts("1", kept, () => 0).read("5", "reply").text).toBe("");
        }
        const full: Shelf = {
            getItem: () => null,
            removeItem: () => undefined,
            setItem: () => {
                throw new Error("QuotaExceededError");
            },
        };
        expect(() => new Drafts("1", full, () => 0).write("5", "reply", draft("x"))).not.toThrow();
    });

    it("are at most two hundred, the newest", () => {
        let now = 0;
        const drafts = new Drafts("1", shelf(), () => ++now);
        for (let id = 0; id < 250; id += 1) drafts.write(String(id), "reply", draft("x"));
        expect([drafts.has("0"), drafts.has("249")]).toEqual([false, true]);
    });

    it("go when the user goes", () => {
        const kept = shelf();
        const drafts = new Drafts("1", kept, () => 0);
        drafts.write("5", "note", draft("x"));
        drafts.forget();
        expect(kept.kept.size).toBe(0);
    });
});
