import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { countTaken, isIn, leftOf, parcelsOf } from "./parcels";
import type { Upload } from "./uploads";

const upload = (attachmentId: string, type: string): Upload => ({
    key: attachmentId,
    file: new File(["x"], "x", { type }),
    progress: 1,
    state: "ready",
    attachmentId,
    reason: null,
});

describe("what is sent", () => {
    it("has the words with the first file that takes them, and before a voice", () => {
        const sent = parcelsOf("reply", " oi ", [upload("1", "audio/ogg"), upload("2", "image/png")], "9");
        expect(sent).toEqual([
            { content: "", messageType: "audio", attachmentIds: ["1"], replyTo: "9" },
            { content: "oi", messageType: "image", attachmentIds: ["2"] },
        ]);
        expect(parcelsOf("reply", "oi", [upload("1", "audio/ogg")], null)).toEqual([
            { content: "oi" },
            { content: "", messageType: "audio", attachmentIds: ["1"] },
        ]);
    });

    it("is a note alone in note mode, whatever else is there", () => {
        expect(parcelsOf("note", "oi", [upload("1", "image/png")], "9")).toEqual([{ kind: "note", content: "oi" }]);
        expect(parcelsOf("note", " ", [], null)).toEqual([]);
    });

    it("says the words once, sends every file once, and gives no voice words", () => {
        const types = fc.array(fc.constantFrom("audio/ogg", "image/png", "application/pdf", "video/mp4"));
        fc.assert(
            fc.property(fc.string(), types, (text, some) => {
                const sent = parcelsOf(
                    "reply",
                    text,
                    some.map((type, index) => upload(String(index), type)),
                    null,
                );
                const said = sent.map(({ content }) => content).filter((content) => content !== "");
                expect(said).toEqual(text.trim() === "" ? [] : [text.trim()]);
                expect(sent.flatMap(({ attachmentIds }) => attachmentIds ?? [])).toEqual(
                    some.map((_, index) => String(index)),
                );
                for (const { messageType, content } of sent) if (messageType === "audio") expect(content).toBe("");
            }),
        );
    });
});

describe("where there is no room for all of it", () => {
    const draft = { text: "oi", replyTo: "9" };
    const uploads = [upload("1", "audio/ogg"), upload("2", "image/png"), upload("3", "image/png")];

    it("takes nothing behind what was refused, and keeps the words until they are taken", () => {
        fc.assert(
            fc.property(fc.nat(3), (room) => {
                const parcels = parcelsOf("reply", draft.text, uploads, draft.replyTo);
                const offered: unknown[] = [];
                const taken = countTaken(parcels, (parcel) => offered.push(parcel) <= room);

                expect(taken).toBe(room);
                expect(offered).toEqual(parcels.slice(0, room + 1));
                const sent = parcels.slice(0, taken);
                expect(leftOf(draft, sent)).toEqual({ text: room < 2 ? "oi" : "", replyTo: null });
                expect(uploads.filter((one) => isIn(sent, one))).toEqual(uploads.slice(0, room));
            }),
        );
    });
});
