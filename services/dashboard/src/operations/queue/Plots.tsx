import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import { cn } from "@/ui/cn";
import { Plot } from "./Plot";
import type { Sample } from "./samples";
import { within } from "./samples";
import { processedSeries } from "./trends";
import { RANGES, type Range } from "./useRange";

type PlotsProps = { series: readonly Sample[]; range: Range; onRange: (range: Range) => void };

/** Throughput and answer times over the same range. */
export function Plots({ series, range, onRange }: PlotsProps) {
    const { t } = useTranslation("operations");
    const now = series.at(-1)?.at ?? 0;
    const shown = useMemo(() => within(series, range * 60_000, now), [series, range, now]);
    const times = useMemo(() => shown.map(({ at }) => at), [shown]);
    const window = useMemo(() => [now - range * 60_000, now] as const, [now, range]);
    const processed = useMemo(() => processedSeries(series).slice(series.length - shown.length), [series, shown]);
    const throughput = [
        { name: t("plots.received"), colour: "--primary", values: shown.map((one) => one.received) },
        { name: t("plots.processed"), colour: "--info", dashed: true, values: processed },
        { name: t("plots.failed"), colour: "--destructive", values: shown.map((one) => one.received * one.errorRate) },
    ];
    const waiting = [
        { name: t("plots.pending"), colour: "--primary", values: shown.map((one) => one.pending + one.processing) },
        { name: t("plots.retrying"), colour: "--warning", dashed: true, values: shown.map((one) => one.retrying) },
    ];
    const latency = [
        { name: t("plots.average"), colour: "--primary", values: shown.map((one) => one.apiAverage) },
        { name: t("plots.p95"), colour: "--warning", dashed: true, values: shown.map((one) => one.apiP95) },
    ];
    return (
        <section aria-labelledby="plots-title" className="grid grid-cols-1 gap-3">
            <div className="flex flex-wrap items-center justify-between gap-2">
                <h2 id="plots-title" className="text-sm font-semibold">
                    {t("plots.title")}
                </h2>
                <RangeChoice range={range} onRange={onRange} />
            </div>
            <div className="grid gap-3 lg:grid-cols-3">
                <Plot
                    title={t("plots.throughput")}
                    unit={t("plots.aMinute")}
                    times={times}
                    range={window}
                    lines={throughput}
                />
                <Plot title={t("plots.backlog")} unit="" times={times} range={window} lines={waiting} />
                <Plot title={t("plots.latency")} unit="ms" times={times} range={window} lines={latency} />
            </div>
        </section>
    );
}

function RangeChoice({ range, onRange }: Pick<PlotsProps, "range" | "onRange">) {
    const { t } = useTranslation("operations");
    return (
        <div role="group" aria-label={t("plots.range")} className="flex rounded-md border bg-card p-0.5">
            {RANGES.map((minutes) => (
                <button
                    key={minutes}
                    type="button"
                    aria-pressed={minutes === range}
                    onClick={() => onRange(minutes)}
                    className={cn(
                        "h-7 rounded px-2.5 text-xs font-medium text-muted-foreground hover:text-foreground",
                        minutes === range && "bg-accent text-accent-foreground",
                    )}
                >
                    {t("plots.minutes", { minutes })}
                </button>
            ))}
        </div>
    );
}
