import { useTranslation } from "react-i18next";
import { useTimes } from "@/i18n/useTimes";
import { cn } from "@/ui/cn";

/** A day's name, between messages and on top while its messages pass. */
export function DayPill({ at, now, className }: { at: string; now: Date; className?: string }) {
    const name = useDayName(at, now);
    return (
        <div className={cn("flex justify-center", className)}>
            <span className="rounded-full border bg-card px-2.5 py-0.5 text-xs font-medium text-muted-foreground shadow-small">
                {name}
            </span>
        </div>
    );
}

function useDayName(at: string, now: Date): string {
    const { t } = useTranslation("conversations");
    const times = useTimes();
    const ago = times.daysAgo(at, now);
    if (ago === 0) return t("timeline.today");
    if (ago === 1) return t("timeline.yesterday");
    return times.day(at, now);
}

/** Where reading goes on. */
export function UnreadMark({ count }: { count: number }) {
    const { t } = useTranslation("conversations");
    return (
        <div data-unread-mark className="flex items-center gap-3 px-4 py-2">
            <span aria-hidden className="h-px flex-1 bg-primary/40" />
            <span className="rounded-full bg-primary-soft px-2.5 py-0.5 text-xs font-semibold text-primary-text">
                {t("timeline.unread", { count })}
            </span>
            <span aria-hidden className="h-px flex-1 bg-primary/40" />
        </div>
    );
}
