import { describe, expect, it } from "vitest";
import { previewOf } from "./preview";

const entry = (type: string | null, text: string | null, sender: string | null = "patient") => ({
    last_message: text,
    last_message_type: type,
    last_message_sender: sender,
});

describe("the preview of a row", () => {
    it("is one line, whatever was written", () => {
        expect(previewOf(entry("text", "Bom dia\n\n  doutora "))).toEqual({
            own: false,
            kind: null,
            text: "Bom dia doutora",
            deleted: false,
        });
    });

    it("says who had the last word", () => {
        expect(previewOf(entry("text", "x", "professional"))?.own).toBe(true);
        expect(previewOf(entry("text", "x", "ai"))?.own).toBe(true);
    });

    it("names what is no text, also a kind that is not known yet", () => {
        expect(previewOf(entry("audio", ""))).toMatchObject({ own: false, kind: "audio", text: "" });
        expect(previewOf(entry("hologram", "x"))?.kind).toBe("unknown");
    });

    it("says of a deleted message that it was, and none of its words", () => {
        expect(previewOf(entry("deleted", "x"))).toEqual({ own: false, kind: null, text: "", deleted: true });
    });

    it("is nothing where nobody has written", () => {
        expect(previewOf(entry(null, null))).toBeNull();
    });
});
