import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { checkPayload } from "./payload-check";

const message = { event: "message.created", phone: "5511965860124", sender_type: "patient", content: "Oi" };
const problems = (value: unknown, source = "n8n") =>
    checkPayload(JSON.stringify(value), source).findings.map(({ path, problem }) => `${path}: ${problem}`);

describe("the check of an edited payload", () => {
    it("refuses what is no object, whatever the source", () => {
        fc.assert(
            fc.property(fc.string(), fc.constantFrom("n8n", "evolution", null), (text, source) => {
                let value: unknown;
                try {
                    value = JSON.parse(text);
                } catch {
                    value = null;
                }
                const isObject = typeof value === "object" && value !== null && !Array.isArray(value);
                expect(checkPayload(text, source).sendable).toBe(isObject);
            }),
        );
    });

    it("finds nothing wrong with what the workers understand", () => {
        expect(problems(message)).toEqual([]);
        expect(problems({ ...message, phone: undefined, conversation_id: 12, more: [1] })).toEqual([]);
        expect(problems({ event: "messages.upsert", instance: "demo-wa", data: {} }, "evolution")).toEqual([]);
    });

    it("names each field that they would not understand", () => {
        expect(problems({ ...message, sender_type: "dog" })).toEqual(["sender_type: sender"]);
        expect(problems({ ...message, sender_type: undefined })).toEqual(["sender_type: sender"]);
        expect(problems({ ...message, content: " " })).toEqual(["content: missing"]);
        expect(problems({ ...message, phone: null })).toEqual(["phone: nobody"]);
        expect(problems({ event: "action.created", phone: "1", action_type: "" })).toEqual(["action_type: missing"]);
        expect(problems({ instance: "demo-wa" }, "evolution")).toEqual(["event: missing", "data: missing"]);
    });

    it("takes a picture without words", () => {
        expect(problems({ ...message, content: null, message_type: "image" })).toEqual([]);
    });

    it("only warns: what it does not like can still be sent", () => {
        expect(checkPayload('{"event":"message.created"}', "n8n").sendable).toBe(true);
    });
});
