import { useTranslation } from "react-i18next";
import { Link } from "wouter";
import { useLanguage } from "@/i18n/useTimes";
import { formatDuration } from "../durations";
import { Figure, Figures } from "../Figure";
import type { Sample } from "./samples";
import { ageLevel, errorLevel } from "./thresholds";
import { processedPerMinute, trendOf } from "./trends";

const SMALL_SHARE = 0.005;

/** What an operator must know first: does anything wait, does anything fail. */
export function Tiles({ series, now }: { series: readonly Sample[]; now: Sample }) {
    const { t } = useTranslation("operations");
    const number = new Intl.NumberFormat(useLanguage());
    const processed = processedPerMinute(series);
    const share = new Intl.NumberFormat(useLanguage(), { style: "percent", maximumFractionDigits: 1 });
    const waiting = now.pending + now.processing + now.retrying;
    return (
        <Figures>
            <Figure
                large
                name={t("tiles.oldest")}
                value={formatDuration(now.oldest)}
                note={t("tiles.waiting", { count: waiting, number: number.format(waiting) })}
                trend={trendOf(series, (sample) => sample.oldest)}
                level={ageLevel(now.oldest)}
            />
            <Figure
                name={t("tiles.received")}
                value={number.format(now.received)}
                note={t("tiles.perMinute")}
                trend={trendOf(series, (sample) => sample.received)}
            />
            <Figure
                name={t("tiles.processed")}
                value={processed === null ? "–" : number.format(processed)}
                note={t(processed === null ? "tiles.afterAMinute" : "tiles.perMinute")}
            />
            <Figure
                name={t("tiles.errors")}
                value={share.format(now.errorRate)}
                note={t("tiles.lastMinute")}
                trend={trendOf(series, (sample) => sample.errorRate, SMALL_SHARE)}
                level={errorLevel(now.errorRate)}
            />
            <Workers workers={now.workers} />
            <Figure
                name={t("tiles.retrying")}
                value={number.format(now.retrying)}
                note={t("tiles.inHand", { number: number.format(now.processing) })}
                trend={trendOf(series, (sample) => sample.retrying)}
                level={now.retrying > 0 ? "warning" : "calm"}
            />
            <Figure
                name={t("tiles.dead")}
                value={number.format(now.dead)}
                note={
                    <Link href="/operations/dead-letters" className="text-primary-text underline underline-offset-2">
                        {t("tiles.toDead")}
                    </Link>
                }
                trend={trendOf(series, (sample) => sample.dead)}
                level={now.dead > 0 ? "warning" : "calm"}
            />
        </Figures>
    );
}

/** Without a worker nothing moves; without Redis nobody knows how many there are. */
function Workers({ workers }: { workers: number | null }) {
    const { t } = useTranslation("operations");
    const number = new Intl.NumberFormat(useLanguage());
    return (
        <Figure
            name={t("tiles.workers")}
            value={workers === null ? "–" : number.format(workers)}
            note={t(
                workers === null ? "tiles.workersUnknown" : workers === 0 ? "tiles.noWorkers" : "tiles.workersNote",
            )}
            level={workers === 0 ? "alarm" : "calm"}
        />
    );
}
