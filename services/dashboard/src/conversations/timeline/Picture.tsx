import { ImageOff, Play } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { cn } from "@/ui/cn";
import { lazily } from "@/ui/lazily";
import { Skeleton } from "@/ui/skeleton";
import { Spinner } from "@/ui/spinner";
import type { Attachment } from "../entities";
import { frameOf, playTime, secondsOf } from "./files";
import { useFile } from "./useFile";

const Lightbox = lazily(() => import("./Lightbox").then((file) => file.Lightbox));

const MOST = { width: 280, height: 320 };
const STICKER = { width: 140, height: 140 };

/** A picture in the room that it will take, also before it is there; a click shows it large. */
export function Picture({ attachment, sticker = false }: { attachment: Attachment; sticker?: boolean }) {
    const { t } = useTranslation("conversations");
    const [large, setLarge] = useState(false);
    const { url, error, retry } = useFile(attachment.id, true);
    const frame = frameOf(attachment, sticker ? STICKER : MOST);
    if (error) return <BrokenPicture frame={frame} onRetry={retry} />;
    return (
        <>
            <button
                type="button"
                aria-label={t("file.openNamed", { name: attachment.file_name })}
                onClick={() => setLarge(true)}
                className={cn("block max-w-full overflow-hidden rounded-lg", !sticker && "bg-muted")}
                style={{ width: frame.width, aspectRatio: `${frame.width} / ${frame.height}` }}
            >
                {url ? (
                    <img src={url} alt="" className={cn("size-full", sticker ? "object-contain" : "object-cover")} />
                ) : (
                    <Skeleton className="size-full rounded-none" />
                )}
            </button>
            {large && url && <Lightbox attachment={attachment} url={url} onClose={() => setLarge(false)} />}
        </>
    );
}

type Frame = { width: number; height: number };

function BrokenPicture({ frame, onRetry }: { frame: Frame; onRetry: () => void }) {
    const { t } = useTranslation("conversations");
    return (
        <div
            className="grid max-w-full place-content-center place-items-center gap-1.5 rounded-lg bg-muted text-xs text-muted-foreground"
            style={{ width: frame.width, height: frame.height }}
        >
            <ImageOff aria-hidden className="size-6" />
            {t("file.loadFailed")}
            <button type="button" className="font-medium text-primary-text hover:underline" onClick={onRetry}>
                {t("file.retry")}
            </button>
        </div>
    );
}

/** A film: fetched when somebody wants to see it, for films are large. */
export function Film({ attachment }: { attachment: Attachment }) {
    const { t } = useTranslation("conversations");
    const [wanted, setWanted] = useState(false);
    const { url, error, retry } = useFile(attachment.id, wanted);
    const frame = frameOf(attachment, MOST);
    const seconds = secondsOf(attachment);
    if (error) return <BrokenPicture frame={frame} onRetry={retry} />;
    if (url)
        return (
            // Patients' films have no captions, and nobody could make them here.
            // eslint-disable-next-line jsx-a11y/media-has-caption
            <video
                src={url}
                controls
                autoPlay
                playsInline
                aria-label={attachment.file_name}
                className="max-h-80 max-w-full rounded-lg bg-black"
                style={{ width: frame.width }}
            />
        );
    return (
        <button
            type="button"
            aria-label={`${t("file.play")}: ${attachment.file_name}`}
            onClick={() => setWanted(true)}
            className="relative grid max-w-full place-items-center rounded-lg bg-slate-800 text-white"
            style={{ width: frame.width, height: frame.height }}
        >
            <span className="grid size-12 place-items-center rounded-full bg-black/50">
                {wanted ? <Spinner className="size-5" /> : <Play aria-hidden className="size-5 translate-x-0.5" />}
            </span>
            {seconds !== null && (
                <span className="absolute right-2 bottom-2 rounded bg-black/60 px-1 text-xs tabular-nums">
                    {playTime(seconds)}
                </span>
            )}
        </button>
    );
}
