import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { action, message } from "../testing/made";
import { entriesOf, type Entry } from "./entries";

const ZONE = "America/Sao_Paulo";
const shown = (messages: ReturnType<typeof message>[], rest: object = {}) =>
    entriesOf({ messages, actions: [], hasMore: false, zone: ZONE, unread: null, ...rest });
const kinds = (entries: Entry[]) => entries.map((entry) => entry.kind);

describe("the timeline", () => {
    it("groups one author's messages within two minutes, and no others", () => {
        const entries = shown([
            message({ id: "1", timestamp: "2025-06-27T10:00:00-03:00" }),
            message({ id: "2", timestamp: "2025-06-27T10:01:59-03:00" }),
            message({ id: "3", timestamp: "2025-06-27T10:04:00-03:00" }),
            message({ id: "4", timestamp: "2025-06-27T10:04:10-03:00", sender_type: "professional" }),
        ]);
        const edges = entries.flatMap((entry) => (entry.kind === "message" ? [[entry.first, entry.last]] : []));
        expect(edges).toEqual([
            [true, false],
            [false, true],
            [true, true],
            [true, true],
        ]);
    });

    it("never groups a note with a message to the patient", () => {
        const ours = { sender_type: "professional", sender_user_id: "1" } as const;
        const entries = shown([message({ id: "1", ...ours }), message({ id: "2", ...ours, message_type: "note" })]);
        expect(entries.flatMap((entry) => (entry.kind === "message" ? [entry.last] : []))).toEqual([true, true]);
    });

    it("puts a day before its first message, by the clinic's midnight", () => {
        const entries = shown([
            message({ id: "1", timestamp: "2025-06-26T23:59:30-03:00" }),
            message({ id: "2", timestamp: "2025-06-27T00:00:10-03:00" }),
        ]);
        expect(entries.map(({ newDay }) => newDay)).toEqual([true, true]);
        expect(shown([message({ id: "1" }), message({ id: "2" })]).map(({ newDay }) => newDay)).toEqual([true, false]);
    });

    it("lets no day go when older messages come: the oldest one's is not shown before it is known", () => {
        const on = (day: string) => message({ id: day, timestamp: `2025-06-${day}T10:00:00-03:00` });
        const [older, newer] = [on("26"), on("27")];
        expect(shown([newer], { hasMore: true })[0]?.newDay).toBe(false);
        expect(shown([older, newer], { hasMore: true }).map(({ newDay }) => newDay)).toEqual([false, true]);
        expect(shown([newer])[0]?.newDay).toBe(true);
    });

    it("shows actions at their time, and keeps older ones back until their messages are there", () => {
        const messages = [message({ id: "5", timestamp: "2025-06-27T10:00:00-03:00" })];
        const actions = [
            action({ id: "1", created_at: "2025-06-26T10:00:00-03:00" }),
            action({ id: "2", created_at: "2025-06-27T11:00:00-03:00" }),
        ];
        expect(kinds(shown(messages, { actions, hasMore: true }))).toEqual(["message", "action"]);
        expect(kinds(shown(messages, { actions }))).toEqual(["action", "message", "action"]);
    });

    it("marks where reading goes on, and finds what a reply answers", () => {
        const entries = shown(
            [message({ id: "1", external_id: "AAA" }), message({ id: "2", external_id: "BBB", reply_to: "AAA" })],
            { unread: { key: "id:2", count: 1 } },
        );
        expect(entries.map(({ unread }) => unread)).toEqual([null, 1]);
        expect(entries[1]).toMatchObject({ quoted: { id: "1" }, first: true });
    });

    it("loses, doubles and reorders no message, whatever happens around them, and no key is used twice", () => {
        const moments = fc.array(fc.integer({ min: 0, max: 400_000 }), { maxLength: 60 });
        fc.assert(
            fc.property(moments, moments, fc.boolean(), (messageMinutes, actionMinutes, hasMore) => {
                const at = (minutes: number) => new Date(1.75e12 + minutes * 60_000).toISOString();
                const sorted = (minutes: number[]) => [...minutes].sort((one, other) => one - other);
                const messages = sorted(messageMinutes).map((minutes, index) =>
                    message({ id: String(index), timestamp: at(minutes) }),
                );
                const actions = sorted(actionMinutes).map((minutes, index) =>
                    action({ id: String(index), created_at: at(minutes) }),
                );
                const entries = entriesOf({ messages, actions, hasMore, zone: ZONE, unread: null });
                expect(entries.flatMap((entry) => (entry.kind === "message" ? [entry.message] : []))).toHaveLength(
                    messages.length,
                );
                expect(new Set(entries.map((entry) => entry.key)).size).toBe(entries.length);
                const times = entries.map((entry) => Date.parse(entry.at));
                expect(times).toEqual(sorted(times));
            }),
        );
    });
});
