/** How long to wait before trying again. */
export interface Backoff {
    baseMs: number;
    factor: number;
    capMs: number;
    /** Tries whose waits grow from the base on; after them each wait is near the cap, for ever. */
    fastTries: number;
}

export const BACKOFF: Backoff = { baseMs: 1_000, factor: 2, capMs: 30_000, fastTries: 5 };

/**
 * Full jitter while hope is fresh: a gateway that restarts meets its clients spread out. Later at least half the cap,
 * so that a gateway which stays away is not asked by chance at once.
 */
export function waitMs(backoff: Backoff, failures: number, chance: number): number {
    const { baseMs, factor, capMs, fastTries } = backoff;
    if (failures > fastTries) return Math.round(capMs / 2 + (chance * capMs) / 2);
    return Math.round(chance * Math.min(capMs, baseMs * factor ** Math.max(0, failures - 1)));
}
