import uPlot from "uplot";
import type { Line } from "./Plot";

const FONT = "11px Inter, ui-sans-serif, system-ui, sans-serif";
const SYNCED = "prosa-queue";
const AXIS_WIDTH = 44;
const AXIS_HEIGHT = 26;
const HEADROOM = 1.1;

type Wanted = {
    lines: readonly Line[];
    range: readonly [number, number];
    element: HTMLElement;
    timezone: string;
    language: string;
    onPoint: (index: number | null) => void;
};

/** A plot in the theme's colours, in the clinic's zone, that shares its cursor with the others. */
export function plotOptions({ lines, range, element, timezone, language, onPoint }: Wanted): uPlot.Options {
    const colour = (name: string) => getComputedStyle(element).getPropertyValue(name).trim() || "#888";
    const axis = { stroke: colour("--muted-foreground"), font: FONT, grid: { stroke: colour("--border"), width: 1 } };
    return {
        width: element.clientWidth,
        height: element.clientHeight,
        legend: { show: false },
        padding: [8, 8, 0, 0],
        cursor: { sync: { key: SYNCED }, drag: { x: false, y: false }, points: { size: 6 } },
        tzDate: (seconds) => uPlot.tzDate(new Date(seconds * 1000), timezone),
        scales: {
            x: { time: true, auto: false, min: range[0] / 1000, max: range[1] / 1000 },
            y: { range: (_, __, highest) => [0, Math.max(1, (highest || 0) * HEADROOM)] },
        },
        axes: [
            {
                ...axis,
                ticks: { show: false },
                size: AXIS_HEIGHT,
                values: (_, splits) => splits.map(clock(language, timezone)),
            },
            { ...axis, ticks: { show: false }, size: AXIS_WIDTH, values: (_, splits) => splits.map(short(language)) },
        ],
        series: [{}, ...lines.map((line) => drawn(line, colour(line.colour)))],
        hooks: { setCursor: [(plot) => onPoint(plot.cursor.idx ?? null)] },
    };
}

function drawn({ name, dashed }: Line, stroke: string): uPlot.Series {
    return {
        label: name,
        stroke,
        width: 1.75,
        dash: dashed ? [4, 3] : undefined,
        points: { show: false },
        spanGaps: false,
    };
}

function clock(language: string, timezone: string): (seconds: number) => string {
    const options = { hour: "2-digit", minute: "2-digit", hourCycle: "h23", timeZone: timezone } as const;
    const format = new Intl.DateTimeFormat(language, options);
    return (seconds) => format.format(new Date(seconds * 1000));
}

function short(language: string): (value: number) => string {
    const format = new Intl.NumberFormat(language, { notation: "compact", maximumFractionDigits: 1 });
    return (value) => format.format(value);
}
