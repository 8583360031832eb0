import { useEffect, useState } from "react";

/** Seconds that are left until a moment of `Date.now()`; renders once a second until then. */
export function useCountdown(until: number | null): number {
    const [now, setNow] = useState(() => Date.now());
    const left = until === null ? 0 : Math.max(0, Math.ceil((until - now) / 1000));
    useEffect(() => {
        if (until === null) return;
        const tick = setInterval(() => setNow(Date.now()), 250);
        return () => clearInterval(tick);
    }, [until]);
    return left;
}
