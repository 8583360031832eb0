import { SessionOver } from "../contract";
import type { Loss } from "../machine/losing";

/** Seconds that an answer may take beyond the time it was asked to wait. */
export const TIMED_OUT = 15;

const LOST = 1006;

/** What ended polling, in the words of a socket's close codes: the machine decides about both alike. */
export function lossOf(error: unknown): Loss {
    if (error instanceof SessionOver) return { code: 4503, reason: "session_over" };
    if (!(error instanceof Response)) return { code: LOST, reason: "network" };
    const retryMs = retryAfterMs(error.headers.get("Retry-After"));
    const reason = `http ${error.status}`;
    if (error.status === 401) return { code: 4440, reason };
    return {
        code: error.status === 503 || error.status === 429 ? 1013 : LOST,
        reason,
        ...(retryMs === null ? {} : { retryMs }),
    };
}

function retryAfterMs(header: string | null): number | null {
    const seconds = Number(header);
    return header !== null && Number.isFinite(seconds) && seconds >= 0 ? seconds * 1_000 : null;
}
