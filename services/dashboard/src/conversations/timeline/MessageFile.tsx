import { FileClock, FileX } from "lucide-react";
import { useTranslation } from "react-i18next";
import { lazily } from "@/ui/lazily";
import { Skeleton } from "@/ui/skeleton";
import { Spinner } from "@/ui/spinner";
import type { Attachment, TimelineMessage } from "../entities";
import { FileCard } from "./FileCard";
import { showingOf, transcriptionOf } from "./files";
import { Film, Picture } from "./Picture";

// The player's own height: nothing moves when it comes.
const AudioPlayer = lazily(
    () => import("./AudioPlayer").then((file) => file.AudioPlayer),
    <Skeleton className="h-11 w-64 max-w-full" />,
);

/** The file of a message, in the way its kind is best looked at or heard; or why it is not there. */
export function MessageFile({ message, attachment }: { message: TimelineMessage; attachment: Attachment }) {
    if (attachment.state !== "stored") return <MissingFile attachment={attachment} />;
    switch (showingOf(attachment, message.message_type)) {
        case "image":
            return <Picture attachment={attachment} sticker={message.message_type === "sticker"} />;
        case "video":
            return <Film attachment={attachment} />;
        case "audio":
            return <Voice message={message} attachment={attachment} />;
        case "card":
            return <FileCard attachment={attachment} />;
    }
}

function Voice({ message, attachment }: { message: TimelineMessage; attachment: Attachment }) {
    const { t } = useTranslation("conversations");
    const said = transcriptionOf(message);
    return (
        <>
            <AudioPlayer attachment={attachment} />
            {said && (
                <details className="text-[0.8125rem] text-muted-foreground">
                    <summary className="font-medium">{t("message.transcription")}</summary>
                    <p className="mt-1 whitespace-pre-wrap">{said}</p>
                </details>
            )}
        </>
    );
}

function MissingFile({ attachment }: { attachment: Attachment }) {
    const { t } = useTranslation("conversations");
    const state = attachment.state === "stored" ? "none" : attachment.state;
    const Icon = state === "expired" ? FileClock : FileX;
    return (
        <div className="flex w-64 max-w-full items-center gap-3 rounded-lg border border-dashed p-2.5">
            <span className="grid size-10 shrink-0 place-items-center rounded-md bg-muted text-muted-foreground">
                {state === "pending" ? <Spinner /> : <Icon aria-hidden className="size-5" />}
            </span>
            <span className="grid min-w-0">
                <span className="truncate text-sm">{attachment.file_name}</span>
                <span className="text-xs text-muted-foreground">{t(`file.${state}`)}</span>
            </span>
        </div>
    );
}
