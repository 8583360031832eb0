import type { Clock } from "@/realtime/connection/clock";

export const IDLE_MS = 5 * 60_000;

/** Tells when nobody has used the tab for a while, and when somebody does again. */
export function watchActivity(clock: Clock, tell: (active: boolean) => void): () => void {
    let active = true;
    let usedAt = clock.now();
    let forget = clock.later(IDLE_MS, look);
    const watching = new AbortController();
    function look(): void {
        const left = usedAt + IDLE_MS - clock.now();
        if (left <= 0) {
            active = false;
            return tell(false);
        }
        forget = clock.later(left, look);
    }
    function used(): void {
        usedAt = clock.now();
        if (active) return;
        active = true;
        forget = clock.later(IDLE_MS, look);
        tell(true);
    }
    const options = { signal: watching.signal, passive: true };
    for (const name of ["pointerdown", "pointermove", "keydown", "wheel", "focus"])
        window.addEventListener(name, used, options);
    return () => {
        watching.abort();
        forget();
    };
}
