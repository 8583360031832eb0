import type { components } from "@/api/schema";

type Queue = components["schemas"]["Queue"];
type Figures = components["schemas"]["Figures"];

/** What the queue looked like at one moment; short names of few numbers, as hundreds are kept in the browser's session. */
export interface Sample {
    at: number;
    received: number;
    errorRate: number;
    pending: number;
    processing: number;
    retrying: number;
    dead: number;
    oldest: number;
    /** Events that were worked since the clinic began; the difference of two samples is a rate. */
    worked: number;
    /** Null where nobody knows. */
    workers: number | null;
    byType: Record<string, number>;
    apiAverage: number | null;
    apiP95: number | null;
    database: number | null;
}

export const KEPT_MS = 60 * 60 * 1000;
/** Within it every sample is kept, before it one in ten seconds: so an hour at a look a second stays small. */
export const DENSE_MS = 5 * 60 * 1000;
export const SPARSE_GAP_MS = 10 * 1000;

export function sampleOf(queue: Queue, figures: Figures | null, at: number): Sample {
    return {
        at,
        received: queue.rate_per_minute,
        errorRate: queue.error_rate,
        ...queue.depth,
        dead: queue.dlq,
        oldest: queue.oldest_age_seconds,
        worked: queue.worked,
        workers: queue.workers,
        byType: queue.by_type,
        apiAverage: figures?.performance.avg_response_ms ?? null,
        apiP95: figures?.performance.p95_response_ms ?? null,
        database: figures?.database.avgResponseTime ?? null,
    };
}

/** The series with one sample more, bounded; a sample that is not newer than the last is none. */
export function appended(series: readonly Sample[], sample: Sample): Sample[] {
    const last = series.at(-1);
    if (last && sample.at <= last.at) return [...series];
    const kept: Sample[] = [];
    for (const one of series) if (isKept(one, kept.at(-1), sample.at)) kept.push(one);
    return [...kept, sample];
}

function isKept(sample: Sample, before: Sample | undefined, now: number): boolean {
    const age = now - sample.at;
    if (age > KEPT_MS) return false;
    return age <= DENSE_MS || !before || sample.at - before.at >= SPARSE_GAP_MS;
}

export function within(series: readonly Sample[], milliseconds: number, now: number): Sample[] {
    return series.filter((sample) => now - sample.at <= milliseconds);
}
