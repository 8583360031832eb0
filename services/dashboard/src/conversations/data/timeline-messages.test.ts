import { describe, expect, it } from "vitest";
import type { OutboxEntry } from "@/realtime/outbox/entry";
import { MadeClinic } from "./testing/made-clinic";
import { timelineMessages } from "./timeline-messages";

const ENTRY: OutboxEntry = {
    clientMessageId: "c1",
    conversationId: "1",
    kind: "message",
    content: "oi",
    messageType: "text",
    attachmentIds: [],
    replyTo: null,
    writtenAt: 0,
    order: 1,
    state: "waiting",
    refusal: null,
};
const ANA = { id: "1", name: "Ana" };

describe("a message that is being sent", () => {
    it("keeps its key when the server has it, and is there once however long both are known", () => {
        const clinic = new MadeClinic();
        clinic.open("1");
        clinic.write("1", "professional");
        const arrived = clinic.detail("1").messages.map((message) => ({ ...message, client_message_id: "c1" }));
        const before = timelineMessages([], [ENTRY], ANA);
        const both = timelineMessages(arrived, [ENTRY], ANA);
        const after = timelineMessages(arrived, [], ANA);
        expect([before, both, after].map((list) => list.map(({ key }) => key))).toEqual([["c1"], ["c1"], ["c1"]]);
        expect(both[0]?.outbox).toBeNull();
    });

    it("stands after everything that the server has, and says when it was refused", () => {
        const clinic = new MadeClinic();
        clinic.open("1");
        clinic.write("1", "patient");
        const refused: OutboxEntry = { ...ENTRY, state: "refused", refusal: { code: "no_way_out", message: "x" } };
        const list = timelineMessages(clinic.detail("1").messages, [refused], ANA);
        expect(list.map(({ status }) => status)).toEqual(["pending", "failed"]);
        expect(list.at(-1)?.outbox?.refusal?.code).toBe("no_way_out");
    });
});
