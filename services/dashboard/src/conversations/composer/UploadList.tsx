import { CircleAlert, FileText, Image, Mic, RotateCw, X } from "lucide-react";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { useLanguage } from "@/i18n/useTimes";
import { cn } from "@/ui/cn";
import { sizeText } from "../timeline/files";
import { sentKind, type Upload } from "./uploads";

type UploadListProps = { uploads: readonly Upload[]; onRemove: (key: string) => void; onRetry: (key: string) => void };

/** Files that will go with the message: how far each is, and a way to take it out again. */
export function UploadList({ uploads, onRemove, onRetry }: UploadListProps) {
    const { t } = useTranslation("conversations");
    if (uploads.length === 0) return null;
    return (
        <ul aria-label={t("composer.files")} className="flex flex-wrap gap-2 px-3 pt-2">
            {uploads.map((upload) => (
                <UploadChip key={upload.key} upload={upload} onRemove={onRemove} onRetry={onRetry} />
            ))}
        </ul>
    );
}

const ICONS = { image: Image, video: FileText, audio: Mic, document: FileText } as const;

function UploadChip({ upload, onRemove, onRetry }: { upload: Upload } & Omit<UploadListProps, "uploads">) {
    const { t } = useTranslation("conversations");
    const language = useLanguage();
    const { key, file, state, progress, reason } = upload;
    const name = file.name;
    const Icon = state === "failed" ? CircleAlert : ICONS[sentKind(file.type)];
    return (
        <li
            className={cn(
                "relative flex max-w-60 items-center gap-2 overflow-hidden rounded-lg border bg-card py-1.5 pr-1 pl-2 text-xs",
                state === "failed" && "border-destructive/50 text-destructive",
            )}
        >
            <Icon aria-hidden className="size-4 shrink-0" />
            <span className="grid min-w-0">
                <span className="truncate font-medium">{name}</span>
                <span className="truncate text-muted-foreground">{reason ?? sizeText(file.size, language)}</span>
            </span>
            <UploadWords upload={upload} />
            {state === "failed" && (
                <ChipButton label={t("composer.uploadRetry", { name })} onClick={() => onRetry(key)}>
                    <RotateCw aria-hidden className="size-3.5" />
                </ChipButton>
            )}
            <ChipButton label={t("composer.uploadRemove", { name })} onClick={() => onRemove(key)}>
                <X aria-hidden className="size-3.5" />
            </ChipButton>
            {state === "uploading" && (
                <span
                    aria-hidden
                    className="absolute inset-x-0 bottom-0 h-0.5 origin-left bg-primary transition-transform"
                    style={{ transform: `scaleX(${progress})` }}
                />
            )}
        </li>
    );
}

function UploadWords({ upload: { file, state, progress, reason } }: { upload: Upload }) {
    const { t } = useTranslation("conversations");
    const name = file.name;
    // Told at the beginning and the end, not at every step of the way.
    if (state === "failed")
        return (
            <span role="alert" className="sr-only">
                {t("composer.uploadFailed", { name, reason })}
            </span>
        );
    return (
        <span className="sr-only">
            {state === "ready"
                ? t("composer.uploadReady", { name })
                : t("composer.uploading", { name, percent: Math.round(progress * 100) })}
        </span>
    );
}

type ChipButtonProps = { label: string; onClick: () => void; children: ReactNode };

function ChipButton({ label, onClick, children }: ChipButtonProps) {
    return (
        <button
            type="button"
            aria-label={label}
            onClick={onClick}
            className="grid size-6 shrink-0 place-items-center rounded text-muted-foreground hover:bg-accent hover:text-foreground"
        >
            {children}
        </button>
    );
}
