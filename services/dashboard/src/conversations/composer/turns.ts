/** Runs so many at once, the others in the order in which they came. */
export function inTurns(atOnce: number): <T>(work: () => Promise<T>) => Promise<T> {
    let running = 0;
    const waiting: (() => void)[] = [];

    async function enter(): Promise<void> {
        if (running >= atOnce) return new Promise((resolve) => waiting.push(resolve));
        running += 1;
    }
    function leave(): void {
        // The place is handed over: between leaving and entering nobody else takes it.
        const next = waiting.shift();
        if (next) next();
        else running -= 1;
    }
    return async (work) => {
        await enter();
        try {
            return await work();
        } finally {
            leave();
        }
    };
}
