import type { Draft as Sending } from "../data/contract";
import type { Mode } from "./drafts";
import { sentKind, type Upload } from "./uploads";

/**
 * What the composer's content is sent as: WhatsApp takes one file a message, and no words with a voice. The words go with
 * the first file that takes them, else before the files; what is answered is answered by the first of all.
 */
export function parcelsOf(mode: Mode, text: string, uploads: readonly Upload[], replyTo: string | null): Sending[] {
    const words = text.trim();
    if (mode === "note") return words === "" ? [] : [{ kind: "note", content: words }];
    const files = uploads.flatMap((upload) => fileOf(upload));
    const captioned = files.findIndex((file) => file.messageType !== "audio");
    const alone = words !== "" && captioned < 0;
    const parcels: Sending[] = [
        ...(alone ? [{ content: words }] : []),
        ...files.map((file, index) => ({ ...file, content: index === captioned ? words : "" })),
    ];
    return parcels.map((parcel, index) => (index === 0 && replyTo !== null ? { ...parcel, replyTo } : parcel));
}

function fileOf({ attachmentId, file }: Upload): Sending[] {
    if (attachmentId === null) return [];
    return [{ content: "", messageType: sentKind(file.type), attachmentIds: [attachmentId] }];
}

/** How many parcels are taken, in their order: none behind one that is not, or it would come before it. */
export function countTaken(parcels: readonly Sending[], take: (parcel: Sending) => boolean): number {
    const refused = parcels.findIndex((parcel) => !take(parcel));
    return refused < 0 ? parcels.length : refused;
}

/** What is left of a draft once these parcels, the first of it, were taken. */
export function leftOf(draft: { text: string }, taken: readonly Sending[]): { text: string; replyTo: null } {
    return { text: taken.some((parcel) => parcel.content !== "") ? "" : draft.text, replyTo: null };
}

/** Whether one of the parcels has this file. */
export function isIn(parcels: readonly Sending[], upload: Upload): boolean {
    return parcels.some(
        (parcel) => upload.attachmentId !== null && parcel.attachmentIds?.includes(upload.attachmentId),
    );
}
