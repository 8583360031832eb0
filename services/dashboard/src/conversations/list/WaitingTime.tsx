import { Hourglass } from "lucide-react";
import { useTranslation } from "react-i18next";
import { cn } from "@/ui/cn";
import { durationSince } from "../clock/durations";
import { type Pressure, pressureOf } from "./waiting";

const COLOURS: Record<Pressure, string> = {
    fresh: "text-muted-foreground",
    long: "text-warning",
    overdue: "text-destructive font-medium",
};

/** How long the patient waits: short to see, whole to hear. */
export function WaitingTime({ since, now, className }: { since: string; now: Date; className?: string }) {
    const { t } = useTranslation("conversations");
    const { unit, count } = durationSince(since, now);
    const whole = t(`waiting.${unit}`, { count });
    return (
        <span
            title={whole}
            className={cn(
                "inline-flex shrink-0 items-center gap-0.5 text-[0.6875rem] tabular-nums",
                COLOURS[pressureOf(since, now)],
                className,
            )}
        >
            <Hourglass aria-hidden className="size-3" />
            <span aria-hidden>{t(`waitShort.${unit}`, { count })}</span>
            <span className="sr-only">{whole}</span>
        </span>
    );
}
