import type { Sample } from "./samples";

export type Trend = "up" | "down" | "flat" | "unknown";

const MINUTE_MS = 60_000;
const COMPARED_MS = 5 * MINUTE_MS;
/** Between two looks a minute is not exactly a minute. */
const SLACK_MS = 15_000;
/** Less than a tenth, and less than one, is noise. */
const NOTABLE_SHARE = 0.1;
const NOTABLE_STEP = 1;

/** Whether a figure of the last minute is more or less than that of the five before; unknown as long as nothing was seen then. */
export function trendOf(series: readonly Sample[], figure: (sample: Sample) => number, step = NOTABLE_STEP): Trend {
    const last = series.at(-1);
    if (!last) return "unknown";
    const recent = series.filter((sample) => last.at - sample.at < MINUTE_MS);
    const before = series.filter((sample) => isBefore(sample, last.at));
    if (before.length === 0) return "unknown";
    const difference = mean(recent.map(figure)) - mean(before.map(figure));
    const notable = Math.max(step, NOTABLE_SHARE * Math.abs(mean(before.map(figure))));
    if (Math.abs(difference) < notable) return "flat";
    return difference > 0 ? "up" : "down";
}

function isBefore(sample: Sample, now: number): boolean {
    const age = now - sample.at;
    return age >= MINUTE_MS && age < MINUTE_MS + COMPARED_MS;
}

function mean(values: readonly number[]): number {
    return values.reduce((sum, value) => sum + value, 0) / Math.max(1, values.length);
}

/** Events that were worked in the last minute; null where nothing was seen a minute before. */
export function processedPerMinute(series: readonly Sample[]): number | null {
    const last = series.at(-1);
    const ago = last && minuteBefore(series, last.at);
    if (!last || !ago) return null;
    return Math.round((Math.max(0, last.worked - ago.worked) * MINUTE_MS) / (last.at - ago.at));
}

/** The sample nearest to a minute before, if there is one near enough. */
function minuteBefore(series: readonly Sample[], now: number): Sample | undefined {
    const distance = (sample: Sample) => Math.abs(now - sample.at - MINUTE_MS);
    const near = series.filter((sample) => distance(sample) <= SLACK_MS);
    return near.sort((one, other) => distance(one) - distance(other))[0];
}

export type Lane = "events" | "sends" | "deliveries";

export function laneOf(type: string): Lane {
    if (type.startsWith("send.")) return "sends";
    return type.startsWith("deliver.") ? "deliveries" : "events";
}

/** What was processed in the minute before each sample, for a plot; null where nothing was seen a minute before. */
export function processedSeries(series: readonly Sample[]): (number | null)[] {
    return series.map((_, index) => processedPerMinute(series.slice(0, index + 1)));
}
