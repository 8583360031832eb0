import type { Typing, Typist } from "@/realtime/protocol";
import type { Message } from "./types";

/** Somebody who types, until then: not everybody says that they stopped. */
export interface TypingNow extends Typist {
    state: Typing["state"];
    until: number;
}

export const TYPING_MS = 6_000;

export function withTyping(typists: readonly TypingNow[], { user, typing, state }: Typing, now: number): TypingNow[] {
    const others = stillTyping(typists, now).filter((typist) => !isSame(typist, user));
    return typing ? [...others, { ...user, state, until: now + TYPING_MS }] : others;
}

export function stillTyping(typists: readonly TypingNow[], now: number): TypingNow[] {
    return typists.filter(({ until }) => until > now);
}

/** Who has written no longer types. */
export function withoutAuthor(typists: readonly TypingNow[], message: Message): TypingNow[] {
    return typists.filter((typist) =>
        typist.kind === "patient" ? message.sender_type !== "patient" : typist.id !== message.sender_user_id,
    );
}

/** Patients have no id here; a conversation has one of them. */
function isSame(a: Typist, b: Typist): boolean {
    return a.kind === b.kind && a.id === b.id;
}
