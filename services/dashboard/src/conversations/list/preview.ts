import type { Conversation } from "../entities";

/** Kinds of messages that a row shows by an icon and a word. */
export const SHOWN_KINDS = [
    "image",
    "video",
    "audio",
    "document",
    "sticker",
    "location",
    "contact",
    "poll",
    "album",
    "order",
    "event",
    "unknown",
] as const;
export type ShownKind = (typeof SHOWN_KINDS)[number];

/** What the API calls the last message's kind once it was deleted: its words are gone. */
const DELETED = "deleted";

/** What a row says of the last message: who spoke, what kind it is, and its words on one line. */
export type Preview = { own: boolean; kind: ShownKind | null; text: string; deleted: boolean };

type Entry = Pick<Conversation, "last_message" | "last_message_type" | "last_message_sender">;

export function previewOf(entry: Entry): Preview | null {
    if (entry.last_message_type === null) return null;
    const deleted = entry.last_message_type === DELETED;
    return {
        own: entry.last_message_sender === "professional" || entry.last_message_sender === "ai",
        kind: deleted ? null : shownKind(entry.last_message_type),
        text: deleted ? "" : oneLine(entry.last_message ?? ""),
        deleted,
    };
}

/** The kind of a message that is no text; one that nobody has heard of is `unknown`. */
export function shownKind(type: string): ShownKind | null {
    if (type === "text" || type === "note") return null;
    return SHOWN_KINDS.find((kind) => kind === type) ?? "unknown";
}

export function oneLine(text: string): string {
    return text.replace(/\s+/g, " ").trim();
}
