import { appended, type Sample } from "./samples";

export interface SeriesStore {
    get: () => readonly Sample[];
    add: (sample: Sample) => void;
    subscribe: (listener: () => void) => () => void;
}

type Kept = Pick<Storage, "getItem" | "setItem" | "removeItem">;

/** What was seen of the queue since this tab was opened; a reload keeps it, another tab has its own. */
export function seriesStore(storage: () => Kept, key: string): SeriesStore {
    let series = loaded(storage, key);
    const listeners = new Set<() => void>();
    return {
        get: () => series,
        add: (sample) => {
            series = appended(series, sample);
            keep(storage, key, series);
            for (const listener of listeners) listener();
        },
        subscribe: (listener) => {
            listeners.add(listener);
            return () => listeners.delete(listener);
        },
    };
}

function loaded(storage: () => Kept, key: string): readonly Sample[] {
    try {
        const value: unknown = JSON.parse(storage().getItem(key) ?? "[]");
        return Array.isArray(value) && value.every(isSample) ? value : [];
    } catch {
        return [];
    }
}

function isSample(value: unknown): value is Sample {
    if (typeof value !== "object" || value === null) return false;
    const sample = value as Partial<Record<keyof Sample, unknown>>;
    const isNumber = (name: keyof Sample) => Number.isFinite(sample[name]);
    const numbers = [
        "at",
        "received",
        "errorRate",
        "pending",
        "processing",
        "retrying",
        "dead",
        "oldest",
        "worked",
    ] as const;
    return numbers.every(isNumber) && typeof sample.byType === "object" && sample.byType !== null;
}

function keep(storage: () => Kept, key: string, series: readonly Sample[]): void {
    try {
        storage().setItem(key, JSON.stringify(series));
    } catch {
        // Full or forbidden: the plots begin anew after a reload.
    }
}
