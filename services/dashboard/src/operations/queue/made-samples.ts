import type { Sample } from "./samples";

/** For tests: a moment at which nothing waited, but for what is named. */
export function sample(at: number, figures: Partial<Sample> = {}): Sample {
    const nothing = {
        received: 0,
        errorRate: 0,
        pending: 0,
        processing: 0,
        retrying: 0,
        dead: 0,
        oldest: 0,
        worked: 0,
    };
    return { at, ...nothing, byType: {}, workers: 1, apiAverage: null, apiP95: null, database: null, ...figures };
}
