import { z } from "zod";

/** What is wrong with an edited payload; `problem` names a text. */
export interface Finding {
    path: string;
    problem: string;
}

export interface Checked {
    /** False where it cannot be sent at all. Other findings are warnings: the workers decide what they understand. */
    sendable: boolean;
    findings: Finding[];
}

const named = z.string("notText").min(1, "missing");
const reference = z.union([z.string(), z.number()], "notText");

const ofEvolution = z.looseObject({
    event: named,
    instance: z.string("notText").optional(),
    data: z.unknown().refine((data) => data !== undefined, "missing"),
});

const ofPerson = { phone: reference.nullish(), conversation_id: reference.nullish() };

const ofMessage = z
    .looseObject({
        event: named,
        ...ofPerson,
        sender_type: z.enum(["patient", "professional", "ai", "system"], "sender"),
        message_type: z.string("notText").nullish(),
        content: z.union([z.string(), z.number()], "notText").nullish(),
        timestamp: reference.nullish(),
        attachments: z.array(z.looseObject({}), "notList").nullish(),
    })
    .refine((message) => message.phone != null || message.conversation_id != null, { error: "nobody", path: ["phone"] })
    .refine((message) => !isText(message.message_type) || hasWords(message.content) || message.attachments?.length, {
        error: "missing",
        path: ["content"],
    });

const ofAction = z
    .looseObject({
        event: named,
        ...ofPerson,
        action_type: named.max(50, "tooLong"),
        action_data: z.looseObject({}).nullish(),
    })
    .refine((action) => action.phone != null || action.conversation_id != null, { error: "nobody", path: ["phone"] });

function isText(type: string | null | undefined): boolean {
    return type === undefined || type === null || type === "" || type === "text";
}

function hasWords(content: string | number | null | undefined): boolean {
    return content !== null && content !== undefined && String(content).trim() !== "";
}

/** Whether an edited text is an object that can be sent, and what of it the workers would not understand. */
export function checkPayload(text: string, source: string | null): Checked {
    let value: unknown;
    try {
        value = JSON.parse(text);
    } catch {
        return { sendable: false, findings: [{ path: "", problem: "notJson" }] };
    }
    if (typeof value !== "object" || value === null || Array.isArray(value))
        return { sendable: false, findings: [{ path: "", problem: "notObject" }] };
    const result = schemaFor(value, source).safeParse(value);
    return { sendable: true, findings: result.success ? [] : result.error.issues.map(findingOf) };
}

function schemaFor(value: object, source: string | null): z.ZodType {
    const event = "event" in value ? value.event : undefined;
    if (source !== "n8n" || "instance" in value) return ofEvolution;
    if (event === "message.created") return ofMessage;
    return event === "action.created" ? ofAction : z.looseObject({ event: named });
}

function findingOf(issue: z.core.$ZodIssue): Finding {
    const isMissing = issue.code === "invalid_type" && issue.input === undefined;
    const known = ["missing", "notText", "notList", "sender", "nobody", "tooLong"].includes(issue.message);
    return { path: issue.path.join("."), problem: isMissing || !known ? "missing" : issue.message };
}
