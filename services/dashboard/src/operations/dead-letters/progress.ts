import type { components } from "@/api/schema";

export type Replay = components["schemas"]["Replay"];

export interface Progress {
    /** What is over, one way or another. */
    settled: number;
    share: number;
    waiting: number;
    inHand: number;
    /** Null where it does not run, or nothing was settled yet. */
    secondsLeft: number | null;
}

export function progressOf(replay: Replay): Progress {
    const settled = Math.min(replay.total, replay.succeeded + replay.failed + replay.skipped);
    const inHand = Math.max(0, replay.released - replay.succeeded - replay.failed);
    const waiting = Math.max(0, replay.total - settled - inHand);
    const share = replay.total === 0 ? 1 : settled / replay.total;
    const runs = replay.state === "running" && replay.rate > 0;
    return { settled, share, waiting, inHand, secondsLeft: runs ? waiting / replay.rate : null };
}

export function isOver(replay: Replay): boolean {
    return replay.state === "done" || replay.state === "cancelled" || replay.state === "stopped";
}

export function canPause(replay: Replay): boolean {
    return replay.state === "running";
}

export function canResume(replay: Replay): boolean {
    return replay.state === "paused";
}
