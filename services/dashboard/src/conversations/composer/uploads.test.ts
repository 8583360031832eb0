import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { charactersLeft, LONGEST } from "./length";
import { canSend, sentKind, type Upload, type UploadEvent, uploadsAfter } from "./uploads";

const file = new File(["x"], "exame.pdf", { type: "application/pdf" });
const after = (...events: UploadEvent[]) => events.reduce<Upload[]>(uploadsAfter, []);
const added = (key: string): UploadEvent => ({ type: "added", key, file });

describe("files on their way", () => {
    it("can be sent when all of them are there", () => {
        const going = after(added("a"), added("b"), { type: "ready", key: "a", attachmentId: "7" });
        expect(canSend("", going, null)).toBe(false);
        expect(canSend("", uploadsAfter(going, { type: "ready", key: "b", attachmentId: "8" }), null)).toBe(true);
        expect(canSend("x", uploadsAfter(going, { type: "failed", key: "b", reason: "large" }), null)).toBe(false);
    });

    it("cannot be sent where there is nothing, or too much", () => {
        expect(canSend("  \n", [], null)).toBe(false);
        expect(canSend("x", [], charactersLeft("x".repeat(LONGEST + 1)))).toBe(false);
        expect(canSend("x", [], charactersLeft("x".repeat(LONGEST)))).toBe(true);
    });

    it("never go back from ready, and progress only rises, whatever comes late", () => {
        const event = fc.oneof(
            fc.record({
                type: fc.constant("progress" as const),
                key: fc.constant("a"),
                progress: fc.double({ min: 0, max: 1, noNaN: true }),
            }),
            fc.record({ type: fc.constant("ready" as const), key: fc.constant("a"), attachmentId: fc.constant("7") }),
        );
        fc.assert(
            fc.property(fc.array(event), (events) => {
                let uploads = after(added("a"));
                for (const next of events) {
                    const before = uploads[0];
                    uploads = uploadsAfter(uploads, next);
                    expect(uploads[0]?.progress).toBeGreaterThanOrEqual(before?.progress ?? 0);
                    if (before?.state === "ready") expect(uploads[0]?.state).toBe("ready");
                }
            }),
        );
    });
});

it("sends as a document what WhatsApp could not show", () => {
    expect(
        [
            "image/jpeg",
            "image/heic",
            "image/svg+xml",
            "video/mp4",
            "video/x-matroska",
            "audio/ogg; codecs=opus",
            "",
        ].map(sentKind),
    ).toEqual(["image", "document", "document", "video", "document", "audio", "document"]);
});
