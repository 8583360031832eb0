// Files on their way into a message: each goes from uploading to ready or failed, and only ready ones can be sent.

export type Upload = {
    key: string;
    file: File;
    progress: number;
    state: "uploading" | "ready" | "failed";
    attachmentId: string | null;
    reason: string | null;
};

export type UploadEvent =
    | { type: "added"; key: string; file: File }
    | { type: "progress"; key: string; progress: number }
    | { type: "ready"; key: string; attachmentId: string }
    | { type: "failed"; key: string; reason: string }
    | { type: "retried"; key: string }
    | { type: "removed"; key: string }
    | { type: "cleared" };

export function uploadsAfter(uploads: readonly Upload[], event: UploadEvent): Upload[] {
    switch (event.type) {
        case "added":
            return [...uploads, fresh(event.key, event.file)];
        case "removed":
            return uploads.filter((upload) => upload.key !== event.key);
        case "cleared":
            return [];
        default:
            return uploads.map((upload) =>
                upload.key === event.key ? { ...upload, ...changed(upload, event) } : upload,
            );
    }
}

function fresh(key: string, file: File): Upload {
    return { key, file, progress: 0, state: "uploading", attachmentId: null, reason: null };
}

type Change = Exclude<UploadEvent, { type: "added" | "removed" | "cleared" }>;

function changed(upload: Upload, event: Change): Partial<Upload> {
    switch (event.type) {
        case "progress":
            // The last of it may be told after the answer.
            return upload.state === "uploading" ? { progress: Math.max(upload.progress, event.progress) } : {};
        case "ready":
            return { state: "ready", progress: 1, attachmentId: event.attachmentId };
        case "failed":
            return { state: "failed", reason: event.reason };
        case "retried":
            return { state: "uploading", progress: 0, reason: null };
    }
}

export type SentKind = "image" | "video" | "audio" | "document";

const DRAWN = ["image/jpeg", "image/png", "image/webp"];
const FILMED = ["video/mp4", "video/3gpp"];

/** As what WhatsApp is told to show a file: what it cannot draw or play goes as a document. */
export function sentKind(type: string): SentKind {
    const kind = type.split(";")[0]?.trim().toLowerCase() ?? "";
    if (DRAWN.includes(kind)) return "image";
    if (FILMED.includes(kind)) return "video";
    return kind.startsWith("audio/") ? "audio" : "document";
}

/** Whether the composer's content can go: something is there, all files are ready, and it is not too long. */
export function canSend(text: string, uploads: readonly Upload[], charactersLeft: number | null): boolean {
    const something = text.trim() !== "" || uploads.length > 0;
    return something && uploads.every((upload) => upload.state === "ready") && (charactersLeft ?? 0) >= 0;
}
