import type { Clock } from "@/realtime/connection/clock";
import { waitMs, type Backoff } from "@/realtime/machine/backoff";

export type Progress =
    | { state: "running" }
    | { state: "retrying"; attempt: number }
    | { state: "done" }
    | { state: "rolled-back"; error: Error };

export interface Optimistic<R> {
    /** Shows the outcome; the answer takes it back. */
    show(): () => void;
    mutate(): Promise<R>;
    /** Puts the server's answer where it belongs, before what was shown is taken away. */
    settle?(result: R): void;
    isTemporary(error: unknown): boolean;
    progress(progress: Progress): void;
    clock: Clock;
}

const RETRIES: Backoff = { baseMs: 500, factor: 2, capMs: 8_000, fastTries: 3 };

/** Shows what somebody decided at once, has the server do it, and takes it back if that refuses. True if it was done. */
export async function optimistically<R>(action: Optimistic<R>): Promise<boolean> {
    const takeBack = action.show();
    action.progress({ state: "running" });
    for (let failures = 0; ;) {
        try {
            action.settle?.(await action.mutate());
            takeBack();
            action.progress({ state: "done" });
            return true;
        } catch (error) {
            failures += 1;
            if (!action.isTemporary(error) || failures > RETRIES.fastTries) return rolledBack(action, takeBack, error);
            action.progress({ state: "retrying", attempt: failures });
            await pause(action.clock, waitMs(RETRIES, failures, action.clock.chance()));
        }
    }
}

function rolledBack<R>(action: Optimistic<R>, takeBack: () => void, error: unknown): false {
    takeBack();
    action.progress({ state: "rolled-back", error: error instanceof Error ? error : new Error(String(error)) });
    return false;
}

function pause(clock: Clock, ms: number): Promise<void> {
    return new Promise((resolve) => void clock.later(ms, resolve));
}
