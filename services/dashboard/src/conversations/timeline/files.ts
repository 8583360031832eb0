import type { Attachment, Message } from "../entities";

/** `830 KB`, `1,2 MB`. */
export function sizeText(bytes: number | null, language: string): string {
    if (bytes === null) return "";
    const [unit, amount] = bytes >= 1_000_000 ? ["MB", bytes / 1_000_000] : ["KB", Math.max(1, bytes / 1000)];
    const digits = unit === "MB" && amount < 10 ? 1 : 0;
    return `${new Intl.NumberFormat(language, { maximumFractionDigits: digits }).format(amount)} ${unit}`;
}

/** How a file is shown: what the browser can play or draw, else as a card to download. */
export type Showing = "image" | "video" | "audio" | "card";

export function showingOf(attachment: Pick<Attachment, "file_type">, messageType: string): Showing {
    const kind = attachment.file_type?.split("/")[0];
    // A voice that a browser recorded comes in a container that may hold a film as well.
    if (messageType === "audio" && kind === "video") return "audio";
    if (kind === "image" || kind === "video" || kind === "audio") return kind;
    if (kind !== undefined && kind !== "application") return "card";
    if (messageType === "sticker") return "image";
    return messageType === "image" || messageType === "video" || messageType === "audio" ? messageType : "card";
}

/** The room a picture takes before it is loaded, so that nothing jumps when it is. */
export function frameOf(
    attachment: Attachment,
    most: { width: number; height: number },
): { width: number; height: number } {
    const width = positive(attachment.metadata.width) ?? 4;
    const height = positive(attachment.metadata.height) ?? 3;
    const scale = Math.min(most.width / width, most.height / height);
    return { width: Math.max(96, Math.round(width * scale)), height: Math.max(72, Math.round(height * scale)) };
}

export function secondsOf(attachment: Attachment): number | null {
    return positive(attachment.metadata.seconds);
}

const BARS = 48;

/** How loud a voice was, in 48 bars from 0.08 to 1; a flat line where nobody told. */
export function barsOf(attachment: Attachment): number[] {
    const told = Array.isArray(attachment.metadata.waveform) ? attachment.metadata.waveform : [];
    const strokes = told.filter((stroke): stroke is number => typeof stroke === "number");
    return Array.from({ length: BARS }, (_, bar) => {
        const stroke = strokes[Math.floor((bar * strokes.length) / BARS)] ?? 20;
        return Math.min(1, Math.max(0.08, stroke / 100));
    });
}

/** What was said in a voice message, where somebody wrote it down. */
export function transcriptionOf(message: Pick<Message, "metadata">): string | null {
    const said = message.metadata.transcription;
    return typeof said === "string" && said !== "" ? said : null;
}

function positive(value: unknown): number | null {
    return typeof value === "number" && Number.isFinite(value) && value > 0 ? value : null;
}

/** `0:12`, `1:02:03`. */
export function playTime(seconds: number): string {
    const whole = Math.max(0, Math.floor(Number.isFinite(seconds) ? seconds : 0));
    const [hours, minutes, rest] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60, whole % 60];
    const tail = String(rest).padStart(2, "0");
    return hours > 0 ? `${hours}:${String(minutes).padStart(2, "0")}:${tail}` : `${minutes}:${tail}`;
}
