import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { attachment, message } from "../testing/made";
import { newsSince } from "./announcement";
import { barsOf, frameOf, showingOf, sizeText } from "./files";
import { happeningOf } from "./happenings";
import { permissionsOf } from "./permissions";
import { isOnlyEmoji, piecesOf } from "./richtext";
import { failureOf, tickOf } from "./ticks";
import { firstUnread } from "./unread";

const ours = { sender_type: "professional", sender_user_id: "1", sender_name: "Ana Souza" } as const;

describe("the unread mark", () => {
    it("stands before the first of the patient's last unread messages", () => {
        const messages = [message({ id: "1" }), message({ id: "2", ...ours }), message({ id: "3" })];
        expect(firstUnread(messages, 1)?.key).toBe("id:3");
        expect(firstUnread(messages, 2)?.key).toBe("id:1");
        expect(firstUnread(messages, 9)?.key).toBe("id:1");
        expect(firstUnread(messages, 0)).toBeNull();
        expect(firstUnread([message({ ...ours })], 3)).toBeNull();
    });
});

describe("what a screen reader is told", () => {
    it("is what others said at the end, once", () => {
        const messages = ["1", "2", "3"].map((id) => message({ id }));
        expect(newsSince(messages, "id:1", "1").map(({ id }) => id)).toEqual(["2", "3"]);
        expect(newsSince(messages, "id:3", "1")).toEqual([]);
    });

    it("is not what the user wrote, nor a history that was fetched", () => {
        expect(newsSince([message({ id: "1" }), message({ id: "2", ...ours })], "id:1", "1")).toEqual([]);
        expect(newsSince([message({ id: "1" })], null, "1")).toEqual([]);
        expect(newsSince([message({ id: "1" })], "id:gone", "1")).toEqual([]);
    });
});

describe("the tick", () => {
    it("is on the clinic's messages alone, and never on a note", () => {
        expect(tickOf(message({ ...ours, status: "read" }))).toBe("read");
        expect(tickOf(message({ ...ours, message_type: "note" }))).toBeNull();
        expect(tickOf(message())).toBeNull();
    });

    it("has a reason where a message failed, in known words or the server's", () => {
        const failed = (code: unknown) => message({ metadata: { failure: { code, reason: "because" } } });
        expect(failureOf(failed("not_on_whatsapp"), "failure")).toEqual({ code: "not_on_whatsapp", reason: "because" });
        expect(failureOf(failed("new_code"), "failure")).toEqual({ code: null, reason: "because" });
        expect(failureOf(message(), "failure")).toBeNull();
        expect(failureOf(message({ metadata: { failure: "odd" } }), "failure")).toBeNull();
    });
});

describe("what can be done with a message", () => {
    const now = new Date("2025-06-27T10:10:00-03:00");
    const sent = { ...ours, external_id: "3EB0", status: "sent" } as const;

    it("follows what the API allows", () => {
        expect(permissionsOf(message(sent), now)).toMatchObject({ reply: true, edit: true, remove: true });
        expect(permissionsOf(message({ ...sent, message_type: "image" }), now).edit).toBe(false);
        expect(permissionsOf(message({ external_id: "3EB0" }), now)).toMatchObject({ reply: true, remove: false });
        expect(permissionsOf(message({ ...sent, status: "failed" }), now)).toMatchObject({ retry: true, edit: false });
    });

    it("ends with 15 minutes for an edit, with deletion for everything", () => {
        const late = new Date("2025-06-27T10:15:00-03:00");
        expect(permissionsOf(message(sent), late)).toMatchObject({ edit: false, remove: true });
        const gone = permissionsOf(message({ ...sent, deleted_at: "2025-06-27T10:05:00-03:00" }), now);
        expect(Object.values(gone)).not.toContain(true);
    });

    it("is nothing for a note, and for what WhatsApp does not know", () => {
        for (const told of [{ message_type: "note" }, { external_id: null }, { external_id: "digest:9" }])
            expect(Object.values(permissionsOf(message({ ...sent, ...told }), now))).not.toContain(true);
    });
});

describe("a message's text", () => {
    const styles = (text: string) => piecesOf(text).map(({ text: piece, style }) => [style, piece]);

    it("is shown as WhatsApp shows it", () => {
        expect(styles("a *b c* _d_ ~e~ `f`")).toEqual([
            ["plain", "a "],
            ["bold", "b c"],
            ["plain", " "],
            ["italic", "d"],
            ["plain", " "],
            ["strike", "e"],
            ["plain", " "],
            ["code", "f"],
        ]);
    });

    it("takes no mark within words for markup", () => {
        for (const text of ["2*3*4", "snake_case_name", "* a *", "a ~ b ~", "*"])
            expect(styles(text)).toEqual([["plain", text]]);
    });

    it("links web addresses alone, without the sentence's own stop", () => {
        expect(piecesOf("veja https://a.br/x_y_z.").map(({ href }) => href)).toEqual([
            undefined,
            "https://a.br/x_y_z",
            undefined,
        ]);
        expect(piecesOf("javascript:alert(1) data:text/html,x").some(({ href }) => href)).toBe(false);
    });

    it("loses no character that is no mark", () => {
        fc.assert(
            fc.property(fc.string({ unit: "grapheme" }), (text) => {
                const bare = (words: string) => words.replace(/[*_~`]/g, "");
                expect(
                    bare(
                        piecesOf(text)
                            .map((piece) => piece.text)
                            .join(""),
                    ),
                ).toBe(bare(text));
            }),
        );
    });

    it("is large where it is a few emoji", () => {
        expect([isOnlyEmoji("👍🏽"), isOnlyEmoji("❤️ 🙏"), isOnlyEmoji("ok 👍"), isOnlyEmoji("12")]).toEqual([
            true,
            true,
            false,
            false,
        ]);
    });
});

describe("a file", () => {
    it("is shown by its real type, a page that calls itself a picture as a card", () => {
        expect(showingOf({ file_type: "audio/ogg; codecs=opus" }, "audio")).toBe("audio");
        expect(showingOf({ file_type: "text/html" }, "image")).toBe("card");
        expect(showingOf({ file_type: null }, "sticker")).toBe("image");
        expect(showingOf({ file_type: "application/pdf" }, "document")).toBe("card");
    });

    it("has its room before it is there, within bounds, whatever was told of its size", () => {
        fc.assert(
            fc.property(fc.anything(), fc.anything(), (width, height) => {
                const frame = frameOf(attachment({ metadata: { width, height } }), { width: 280, height: 320 });
                expect(frame.width).toBeGreaterThanOrEqual(96);
                expect(frame.width).toBeLessThanOrEqual(280);
                expect(frame.height).toBeGreaterThanOrEqual(72);
                expect(frame.height).toBeLessThanOrEqual(320);
            }),
        );
    });

    it("says its size", () => {
        expect([
            sizeText(1_250_000, "pt-BR"),
            sizeText(830_000, "pt-BR"),
            sizeText(12, "en"),
            sizeText(null, "en"),
        ]).toEqual(["1,3 MB", "830 KB", "1 KB", ""]);
    });

    it("draws a voice in 48 bars, whatever was told of it", () => {
        fc.assert(
            fc.property(fc.anything(), (waveform) => {
                const bars = barsOf(attachment({ metadata: { waveform } }));
                expect(bars).toHaveLength(48);
                expect(bars.every((bar) => bar >= 0.08 && bar <= 1)).toBe(true);
            }),
        );
    });
});

describe("what happened", () => {
    it("says who handed what to whom, and what for", () => {
        const data = { by: { name: "Ana" }, to_user: { name: "Bruno" }, from_user: null, note: "convênio" };
        expect(happeningOf({ action_type: "conversation_transferred", action_data: data })).toMatchObject({
            key: "transferred",
            values: { by: "Ana", to: "Bruno" },
            note: "convênio",
        });
        const taken = { by: { name: "Ana" }, to_user: { name: "Ana" } };
        expect(happeningOf({ action_type: "conversation_assigned", action_data: taken }).key).toBe("taken");
        expect(
            happeningOf({ action_type: "conversation_assigned", action_data: { by: { name: "Ana" }, to_user: null } })
                .key,
        ).toBe("unassigned");
    });

    it("is shown whatever its data are, also of a type that is not known", () => {
        fc.assert(
            fc.property(
                fc.constantFrom("call", "label_added", "appointment_created", "priority_changed", "boiler_exploded"),
                fc.anything(),
                (action_type, action_data) => {
                    expect(happeningOf({ action_type, action_data }).key).not.toBe("");
                },
            ),
        );
        expect(happeningOf({ action_type: "boiler_exploded", action_data: null }).values.what).toBe("boiler exploded");
    });
});
