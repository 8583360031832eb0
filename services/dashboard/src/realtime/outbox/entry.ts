/** Something a person wrote that the server does not have yet. */
export interface OutboxEntry {
    clientMessageId: string;
    conversationId: string;
    /** A note for colleagues, or a message for the patient. */
    kind: "message" | "note";
    content: string;
    messageType: "text" | "image" | "video" | "audio" | "document";
    attachmentIds: string[];
    replyTo: string | null;
    /** When it was written, in milliseconds of the epoch. */
    writtenAt: number;
    /** Its place among all that wait: rises with each. */
    order: number;
    state: "waiting" | "sending" | "refused";
    /** Why the server will not have it; null unless `refused`. */
    refusal: { code: string; message: string } | null;
}
