import type { Message } from "../entities";
import { isNote, isOurs } from "./identity";

export type Tick = Message["status"];

/** The mark beside a message's time; null for what patients wrote and for notes, which travel nowhere. */
export function tickOf(message: Pick<Message, "sender_type" | "message_type" | "status" | "deleted_at">): Tick | null {
    return isOurs(message) && !isNote(message) && message.deleted_at === null ? message.status : null;
}

const KNOWN_FAILURES = [
    "not_on_whatsapp",
    "no_address",
    "refused",
    "unsupported",
    "too_large",
    "file_missing",
    "gave_up",
    "outcome_unknown",
    "not_found",
] as const;
export type FailureCode = (typeof KNOWN_FAILURES)[number];

/** Why a message, or a change of it, did not go out: a code that has words here, else what the server says. */
export type Failure = { code: FailureCode | null; reason: string };

export function failureOf(message: Pick<Message, "metadata">, of: "failure" | "change_failure"): Failure | null {
    const told = message.metadata[of];
    if (typeof told !== "object" || told === null) return null;
    const { code, reason } = told as { code?: unknown; reason?: unknown };
    return {
        code: KNOWN_FAILURES.find((known) => known === code) ?? null,
        reason: typeof reason === "string" ? reason : "",
    };
}
