import { useEffect, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import uPlot from "uplot";
import "uplot/dist/uPlot.min.css";
import { useLanguage } from "@/i18n/useTimes";
import { useClinic } from "@/session/useSession";
import { Card } from "@/ui/page";
import { plotOptions } from "./plot-options";
import { PlotTable } from "./PlotTable";

export interface Line {
    name: string;
    /** A custom property of the theme: `--primary`. */
    colour: string;
    dashed?: boolean;
    values: readonly (number | null)[];
}

export type PlotProps = {
    title: string;
    unit: string;
    /** Milliseconds since the epoch, of each value. */
    times: readonly number[];
    range: readonly [number, number];
    lines: readonly Line[];
};

/** Figures over time. What it draws stands in a table too, for those who do not see it. */
export function Plot(props: PlotProps) {
    const { title, unit, times, lines } = props;
    const [at, setAt] = useState<number | null>(null);
    const shown = at ?? times.length - 1;
    return (
        <Card className="flex min-w-0">
            <figure className="flex min-w-0 flex-1 flex-col gap-2">
                <figcaption className="grid gap-1 lg:min-h-16 2xl:min-h-0">
                    <span className="text-sm font-semibold">{title}</span>
                    <Legend lines={lines} index={shown} unit={unit} />
                </figcaption>
                <div className="relative">
                    <Canvas {...props} onPoint={setAt} />
                    {times.length < DRAWN_FROM && <Beginning />}
                </div>
                <PlotTable {...props} />
            </figure>
        </Card>
    );
}

/** A curve begins with its second point; until then an empty plot would look broken. */
const DRAWN_FROM = 2;

function Beginning() {
    const { t } = useTranslation("operations");
    return (
        <p className="pointer-events-none absolute inset-0 grid place-items-center px-8 text-center text-xs text-muted-foreground">
            <span className="rounded bg-card px-2 py-1">{t("plots.beginning")}</span>
        </p>
    );
}

function Legend({ lines, index, unit }: { lines: readonly Line[]; index: number; unit: string }) {
    const number = new Intl.NumberFormat(useLanguage(), { maximumFractionDigits: 1 });
    return (
        <span className="flex flex-wrap gap-x-4 gap-y-1 text-xs text-muted-foreground tabular-nums">
            {lines.map(({ name, colour, dashed, values }) => (
                <span key={name} className="inline-flex items-center gap-1.5">
                    <svg aria-hidden width="14" height="4">
                        <line
                            x1="0"
                            x2="14"
                            y1="2"
                            y2="2"
                            stroke={`var(${colour})`}
                            strokeWidth="2"
                            strokeDasharray={dashed ? "4 3" : undefined}
                        />
                    </svg>
                    {name}
                    <span className="min-w-8 font-medium text-foreground">
                        {values[index] == null ? "–" : `${number.format(values[index])} ${unit}`}
                    </span>
                </span>
            ))}
        </span>
    );
}

function Canvas({ title, times, range, lines, onPoint }: PlotProps & { onPoint: (index: number | null) => void }) {
    const { t } = useTranslation("operations");
    const place = useRef<HTMLDivElement>(null);
    const plot = useRef<uPlot>(null);
    const { timezone } = useClinic();
    const language = useLanguage();
    const shape = lines.map(({ name, colour, dashed }) => `${name} ${colour} ${dashed}`).join();
    const theme = useTheme();
    const latest = useRef({ times, range, lines });
    useEffect(() => {
        latest.current = { times, range, lines };
        const [from, to] = range;
        plot.current?.batch((self: uPlot) => {
            self.setData(dataOf(times, lines), false);
            self.setScale("x", { min: from / 1000, max: to / 1000 });
        });
    }, [times, range, lines]);
    useEffect(() => {
        const element = place.current;
        if (!element) return;
        const now = latest.current;
        const options = plotOptions({ lines: now.lines, range: now.range, element, timezone, language, onPoint });
        const made = new uPlot(options, dataOf(now.times, now.lines), element);
        plot.current = made;
        const watch = new ResizeObserver(() =>
            made.setSize({ width: element.clientWidth, height: element.clientHeight }),
        );
        watch.observe(element);
        return () => {
            watch.disconnect();
            made.destroy();
            plot.current = null;
        };
    }, [shape, theme, timezone, language, onPoint]);
    return (
        <div
            ref={place}
            role="img"
            aria-label={t("plots.image", { title })}
            className="h-44 w-full overflow-hidden 2xl:h-56"
        />
    );
}

function dataOf(times: readonly number[], lines: readonly Line[]): uPlot.AlignedData {
    return [times.map((time) => time / 1000), ...lines.map(({ values }) => [...values])];
}

/** Which theme the page wears: a canvas does not change its colours by itself. */
function useTheme(): string {
    const [theme, setTheme] = useState(wornTheme);
    useEffect(() => {
        const watch = new MutationObserver(() => setTheme(wornTheme()));
        watch.observe(document.documentElement, { attributes: true, attributeFilter: ["data-theme", "class"] });
        return () => watch.disconnect();
    }, []);
    return theme;
}

function wornTheme(): string {
    return document.documentElement.dataset.theme ?? "";
}
