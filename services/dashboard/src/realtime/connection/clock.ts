/** Time and chance as a connection takes them; tests have their own. */
export interface Clock {
    now(): number;
    chance(): number;
    later(ms: number, run: () => void): () => void;
}

export const CLOCK: Clock = {
    now: () => Date.now(),
    chance: () => Math.random(),
    later(ms, run) {
        const timer = setTimeout(run, ms);
        return () => {
            clearTimeout(timer);
        };
    },
};
