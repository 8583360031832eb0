import { useTranslation } from "react-i18next";
import type { Schemas } from "@/api/client";
import { useLanguage } from "@/i18n/useTimes";
import { formatDuration } from "../durations";
import { Figure } from "../Figure";

const OLD_SECONDS = 86_400;

/** How much the filter matches, whether it grows, and how old the oldest is. */
export function SummaryTiles({ summary, kinds }: { summary: Schemas["Summary"]; kinds: number }) {
    const { t } = useTranslation("operations");
    const number = new Intl.NumberFormat(useLanguage());
    const dead = summary.by_state.dead ?? 0;
    return (
        <dl className="grid grid-cols-2 gap-3 lg:grid-cols-4">
            <Figure
                name={t("summary.total")}
                value={number.format(summary.total)}
                note={t("summary.dead", { count: dead, number: number.format(dead) })}
                level={dead > 0 ? "warning" : "calm"}
            />
            <Figure
                name={t("summary.lastHour")}
                value={number.format(summary.last_hour)}
                note={t("summary.lastDay", { number: number.format(summary.last_day) })}
                trend={summary.last_hour * 24 > summary.last_day ? "up" : "unknown"}
            />
            <Figure name={t("summary.kinds")} value={number.format(kinds)} note={t("summary.kindsNote")} />
            <Figure
                name={t("summary.oldest")}
                value={summary.total === 0 ? "–" : formatDuration(summary.oldest_age_seconds)}
                note={t("summary.oldestNote")}
                level={summary.oldest_age_seconds > OLD_SECONDS && dead > 0 ? "warning" : "calm"}
            />
        </dl>
    );
}
