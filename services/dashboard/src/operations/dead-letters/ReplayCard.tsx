import { useMutation } from "@tanstack/react-query";
import { Pause, Play, Square } from "lucide-react";
import { useTranslation } from "react-i18next";
import { answer, api } from "@/api/client";
import { useLanguage, useTimes } from "@/i18n/useTimes";
import { useMay } from "@/session/useMay";
import { Badge } from "@/ui/badge";
import { Button } from "@/ui/button";
import { Meter } from "@/ui/meter";
import { Card } from "@/ui/page";
import { toast } from "@/ui/toast";
import { formatDuration } from "../durations";
import { useProblemText } from "../useProblemText";
import { canPause, canResume, isOver, progressOf, type Replay } from "./progress";
import { useRefreshDeadLetters, useReplays } from "./queries";

const LOOKS = {
    running: "info",
    paused: "warning",
    cancelled: "neutral",
    stopped: "destructive",
    done: "success",
} as const;
const STILL_SHOWN_MS = 15 * 60_000;

/** Bulk replays that are under way, or were over a moment ago. */
export function ReplayCards() {
    const { t } = useTranslation("operations");
    const { data, dataUpdatedAt } = useReplays();
    const shown = data?.replays.filter((replay) => isRecent(replay, dataUpdatedAt)) ?? [];
    if (shown.length === 0) return null;
    return (
        <section aria-label={t("replays.title")} className="grid grid-cols-1 gap-2">
            {shown.map((replay) => (
                <ReplayCard key={replay.id} replay={replay} />
            ))}
        </section>
    );
}

function isRecent(replay: Replay, now: number): boolean {
    if (!isOver(replay)) return true;
    return replay.finished_at !== null && now - Date.parse(replay.finished_at) < STILL_SHOWN_MS;
}

function ReplayCard({ replay }: { replay: Replay }) {
    const { t } = useTranslation("operations");
    const { full } = useTimes();
    const number = new Intl.NumberFormat(useLanguage());
    const { settled, share, inHand, secondsLeft } = progressOf(replay);
    const tone = replay.failed > 0 ? "warning" : isOver(replay) ? "success" : "default";
    return (
        <Card className="grid gap-2.5 py-3" data-replay={replay.id}>
            <div className="flex flex-wrap items-center gap-2">
                <span className="text-sm font-semibold">{t("replays.one", { id: replay.id })}</span>
                <Badge variant={LOOKS[replay.state]}>{t(`replayState.${replay.state}`)}</Badge>
                <span className="text-xs text-muted-foreground">
                    {t("replays.by", { name: replay.created_by, time: full(replay.created_at) })}
                </span>
                <span className="ml-auto flex gap-1.5">
                    <Controls replay={replay} />
                </span>
            </div>
            <Meter share={share} tone={tone} label={t("replays.one", { id: replay.id })} />
            <p className="flex flex-wrap gap-x-4 gap-y-0.5 text-xs text-muted-foreground tabular-nums">
                <span>
                    {t("replays.settled", { settled: number.format(settled), total: number.format(replay.total) })}
                </span>
                <span>{t("replays.succeeded", { number: number.format(replay.succeeded) })}</span>
                <span className={replay.failed > 0 ? "font-medium text-destructive" : undefined}>
                    {t("replays.failed", {
                        number: number.format(replay.failed),
                        most: number.format(replay.max_failures),
                    })}
                </span>
                <span>{t("replays.skipped", { number: number.format(replay.skipped) })}</span>
                {inHand > 0 && <span>{t("replays.inHand", { number: number.format(inHand) })}</span>}
                <span>{t("replays.rate", { rate: number.format(replay.rate) })}</span>
                {secondsLeft !== null && secondsLeft > 1 && (
                    <span>{t("replays.left", { time: formatDuration(secondsLeft) })}</span>
                )}
            </p>
        </Card>
    );
}

function Controls({ replay }: { replay: Replay }) {
    const { t } = useTranslation("operations");
    const say = useProblemText();
    const refresh = useRefreshDeadLetters();
    const path = { params: { path: { replay_id: replay.id } } };
    const change = useMutation({
        mutationFn: (verb: "pause" | "resume" | "cancel") =>
            answer(api.POST(`/api/dlq/replays/{replay_id}/${verb}`, path)),
        onError: (error) => toast.error(say(error)),
        onSettled: refresh,
    });
    if (!useMay("bulk_replay") || isOver(replay)) return null;
    return (
        <>
            {canPause(replay) && (
                <Button size="sm" variant="outline" onClick={() => change.mutate("pause")}>
                    <Pause aria-hidden />
                    {t("replays.pause")}
                </Button>
            )}
            {canResume(replay) && (
                <Button size="sm" variant="outline" onClick={() => change.mutate("resume")}>
                    <Play aria-hidden />
                    {t("replays.resume")}
                </Button>
            )}
            <Button size="sm" variant="outline" onClick={() => change.mutate("cancel")}>
                <Square aria-hidden />
                {t("replays.cancel")}
            </Button>
        </>
    );
}
