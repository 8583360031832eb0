import { Pause, Play } from "lucide-react";
import { type KeyboardEvent, useEffect, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { cn } from "@/ui/cn";
import { Spinner } from "@/ui/spinner";
import type { Attachment } from "../entities";
import { barsOf, playTime, secondsOf } from "./files";
import { useFile } from "./useFile";

const RATES = [1, 1.5, 2];
const STEP_SECONDS = 5;

/** A voice message: its waveform is the slider. The file is fetched when somebody wants to hear it. */
export function AudioPlayer({ attachment }: { attachment: Attachment }) {
    const { t } = useTranslation("conversations");
    const player = usePlayer(attachment);
    const shown = player.position > 0 ? player.position : player.duration;
    return (
        <div className="flex w-64 max-w-full items-center gap-2.5 py-1">
            <button
                type="button"
                aria-label={t(player.playing ? "file.pause" : "file.play")}
                onClick={player.toggle}
                className="grid size-9 shrink-0 place-items-center rounded-full bg-primary text-primary-foreground hover:bg-primary-hover"
            >
                <PlayIcon playing={player.playing} loading={player.loading} />
            </button>
            <div className="grid min-w-0 flex-1 gap-0.5">
                <Waveform player={player} attachment={attachment} label={t("file.position")} />
                <div className="flex items-center justify-between text-[0.6875rem] text-muted-foreground tabular-nums">
                    <span>{playTime(shown)}</span>
                    <button
                        type="button"
                        aria-label={t("file.speed", { rate: player.rate })}
                        onClick={player.nextRate}
                        className="rounded-full bg-accent px-1.5 font-medium text-foreground hover:bg-border"
                    >
                        {player.rate}×
                    </button>
                </div>
                {player.failed && <span className="text-xs text-destructive">{t("file.loadFailed")}</span>}
            </div>
            {/* What was said is written below it, where somebody wrote it down. */}
            {/* eslint-disable-next-line jsx-a11y/media-has-caption */}
            <audio {...player.element} preload="metadata" className="hidden" />
        </div>
    );
}

function PlayIcon({ playing, loading }: { playing: boolean; loading: boolean }) {
    if (loading) return <Spinner />;
    return playing ? <Pause aria-hidden className="size-4" /> : <Play aria-hidden className="size-4 translate-x-px" />;
}

type Player = ReturnType<typeof usePlayer>;

function Waveform({ player, attachment, label }: { player: Player; attachment: Attachment; label: string }) {
    const share = player.duration > 0 ? player.position / player.duration : 0;
    const keys = (event: KeyboardEvent) => {
        const step = { ArrowRight: STEP_SECONDS, ArrowLeft: -STEP_SECONDS }[event.key];
        if (step === undefined) return;
        event.preventDefault();
        event.stopPropagation();
        player.seek(player.position + step);
    };
    return (
        <div
            role="slider"
            tabIndex={0}
            aria-label={label}
            aria-valuemin={0}
            aria-valuemax={Math.round(player.duration)}
            aria-valuenow={Math.round(player.position)}
            aria-valuetext={`${playTime(player.position)} / ${playTime(player.duration)}`}
            onKeyDown={keys}
            onPointerDown={(event) => {
                const box = event.currentTarget.getBoundingClientRect();
                player.seek(((event.clientX - box.left) / box.width) * player.duration);
            }}
            className="flex h-7 cursor-pointer items-center gap-px"
        >
            {barsOf(attachment).map((bar, index, bars) => (
                <span
                    key={index}
                    className={cn(
                        "min-w-0 flex-1 rounded-full",
                        index / bars.length < share ? "bg-primary" : "bg-input/50",
                    )}
                    style={{ height: `${Math.round(bar * 100)}%` }}
                />
            ))}
        </div>
    );
}

function usePlayer(attachment: Attachment) {
    const audio = useRef<HTMLAudioElement>(null);
    const [wanted, setWanted] = useState(false);
    const [playing, setPlaying] = useState(false);
    const [position, setPosition] = useState(0);
    const [known, setKnown] = useState<number | null>(null);
    const [rate, setRate] = useState(1);
    const file = useFile(attachment.id, wanted);
    const duration = known ?? secondsOf(attachment) ?? 0;

    // The first click fetches; it plays as soon as there is something to play.
    useEffect(() => {
        if (wanted && file.url && audio.current) void audio.current.play().catch(() => setPlaying(false));
    }, [wanted, file.url]);
    useEffect(() => {
        if (audio.current) audio.current.playbackRate = rate;
    }, [rate, file.url]);

    const toggle = () => {
        if (!wanted) return setWanted(true);
        if (file.error) return file.retry();
        if (playing) audio.current?.pause();
        else void audio.current?.play().catch(() => setPlaying(false));
    };
    const seek = (seconds: number) => {
        const to = Math.min(Math.max(0, seconds), duration);
        if (!wanted) setWanted(true);
        if (audio.current) audio.current.currentTime = to;
        setPosition(to);
    };
    return {
        element: {
            ref: audio,
            src: file.url ?? undefined,
            onPlay: () => setPlaying(true),
            onPause: () => setPlaying(false),
            onEnded: () => setPosition(0),
            onTimeUpdate: () => setPosition(audio.current?.currentTime ?? 0),
            onLoadedMetadata: () => {
                const told = audio.current?.duration ?? Number.NaN;
                if (Number.isFinite(told)) setKnown(told);
            },
        },
        playing,
        position,
        duration,
        rate,
        loading: wanted && file.isFetching,
        failed: file.error !== null,
        toggle,
        seek,
        nextRate: () => setRate((now) => RATES[(RATES.indexOf(now) + 1) % RATES.length] ?? 1),
    };
}
