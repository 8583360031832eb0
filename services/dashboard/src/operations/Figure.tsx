import { ArrowDownRight, ArrowRight, ArrowUpRight, TriangleAlert } from "lucide-react";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { cn } from "@/ui/cn";
import { Skeleton } from "@/ui/skeleton";
import type { Level } from "./queue/thresholds";
import type { Trend } from "./queue/trends";

const TRENDS = { up: ArrowUpRight, down: ArrowDownRight, flat: ArrowRight } as const;
const GROUNDS: Record<Level, string> = {
    calm: "",
    warning: "border-warning bg-warning-soft",
    alarm: "border-destructive bg-destructive-soft",
};
const TONES: Record<Level, string> = { calm: "", warning: "text-warning", alarm: "text-destructive" };

type FigureProps = {
    name: string;
    value: ReactNode;
    note?: ReactNode;
    trend?: Trend;
    level?: Level;
    large?: boolean;
};

/** One figure at a glance. Its level is said in words and a sign, not by colour alone. */
export function Figure({ name, value, note, trend = "unknown", level = "calm", large }: FigureProps) {
    const { t } = useTranslation("operations");
    return (
        <div
            className={cn(
                "grid content-start gap-1 rounded-lg border bg-card p-3.5 shadow-small",
                GROUNDS[level],
                large && "col-span-2 2xl:col-span-1",
            )}
        >
            <dt className={cn("flex items-center gap-1.5 text-xs font-medium text-muted-foreground", TONES[level])}>
                {level !== "calm" && <TriangleAlert aria-label={t(`level.${level}`)} className="size-3.5" />}
                {name}
            </dt>
            <dd className="grid gap-0.5">
                <span
                    className={cn(
                        "font-semibold tracking-tight whitespace-nowrap tabular-nums",
                        large ? "text-3xl leading-9" : "text-2xl leading-9",
                        TONES[level],
                    )}
                >
                    {value}
                </span>
                <span className={cn("flex min-h-4 items-center gap-1 text-xs text-muted-foreground", TONES[level])}>
                    <TrendSign trend={trend} />
                    {note}
                </span>
            </dd>
        </div>
    );
}

function TrendSign({ trend }: { trend: Trend }) {
    const { t } = useTranslation("operations");
    if (trend === "unknown") return null;
    const Sign = TRENDS[trend];
    return <Sign role="img" aria-label={t(`trend.${trend}`)} className="size-3.5 shrink-0" />;
}

export function Figures({ children }: { children: ReactNode }) {
    return <dl className="grid grid-cols-2 gap-3 md:grid-cols-4 2xl:grid-cols-7">{children}</dl>;
}

export function FiguresSkeleton({ count }: { count: number }) {
    return (
        <div className="grid grid-cols-2 gap-3 md:grid-cols-4 2xl:grid-cols-7">
            {Array.from({ length: count }, (_, index) => (
                <Skeleton key={index} className="h-[6.4rem] rounded-lg" />
            ))}
        </div>
    );
}
