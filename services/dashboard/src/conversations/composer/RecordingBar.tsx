import { Check, Trash2 } from "lucide-react";
import { useTranslation } from "react-i18next";
import { Button } from "@/ui/button";
import { playTime } from "../timeline/files";

type RecordingBarProps = { seconds: number; onStop: () => void; onDiscard: () => void };

/** While a voice is recorded: how long, and what to do with it. */
export function RecordingBar({ seconds, onStop, onDiscard }: RecordingBarProps) {
    const { t } = useTranslation("conversations");
    return (
        <div className="flex h-11 items-center gap-2 px-3">
            <span aria-hidden className="size-2.5 animate-pulse rounded-full bg-destructive" />
            <span className="flex-1 text-sm tabular-nums">{t("composer.recording", { time: playTime(seconds) })}</span>
            <Button variant="ghost" size="icon-sm" aria-label={t("composer.cancelRecording")} onClick={onDiscard}>
                <Trash2 aria-hidden />
            </Button>
            <Button size="sm" onClick={onStop}>
                <Check aria-hidden /> {t("composer.stopRecording")}
            </Button>
        </div>
    );
}
