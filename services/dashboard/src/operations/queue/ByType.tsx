import { useQueries } from "@tanstack/react-query";
import { CircleCheck } from "lucide-react";
import { useTranslation } from "react-i18next";
import { answer, api } from "@/api/client";
import { useLanguage } from "@/i18n/useTimes";
import { useMay } from "@/session/useMay";
import { Badge } from "@/ui/badge";
import { EmptyState } from "@/ui/empty-state";
import { Table, TableBody, TableCell, TableHead, TableHeader, TableRow } from "@/ui/table";
import { formatDuration, secondsSince } from "../durations";
import type { Sample } from "./samples";
import { Sparkline } from "./Sparkline";
import { ageLevel } from "./thresholds";
import { laneOf } from "./trends";

/** More kinds than this wait at once only where something is very wrong; the rest are still counted. */
const MOST_ASKED = 12;

/** What waits, by kind: how many, since when, and how it was in the range. */
export function ByType({ series, now }: { series: readonly Sample[]; now: Sample }) {
    const { t } = useTranslation("operations");
    const types = Object.entries(now.byType).sort(([, one], [, other]) => other - one);
    const ages = useOldest(
        types.slice(0, MOST_ASKED).map(([type]) => type),
        now.at,
    );
    if (types.length === 0)
        return (
            <div className="rounded-lg border bg-card">
                <EmptyState icon={CircleCheck} title={t("byType.empty")} text={t("byType.emptyText")} />
            </div>
        );
    return (
        <Table>
            <TableHeader>
                <tr>
                    <TableHead>{t("byType.type")}</TableHead>
                    <TableHead>{t("byType.lane")}</TableHead>
                    <TableHead className="text-right">{t("byType.waiting")}</TableHead>
                    <TableHead className="text-right">{t("byType.oldest")}</TableHead>
                    <TableHead>{t("byType.course")}</TableHead>
                </tr>
            </TableHeader>
            <TableBody>
                {types.map(([type, count]) => (
                    <TypeRow key={type} type={type} count={count} age={ages.get(type)} series={series} />
                ))}
            </TableBody>
        </Table>
    );
}

type TypeRowProps = { type: string; count: number; age: number | undefined; series: readonly Sample[] };

function TypeRow({ type, count, age, series }: TypeRowProps) {
    const { t } = useTranslation("operations");
    const number = new Intl.NumberFormat(useLanguage());
    const level = age === undefined ? "calm" : ageLevel(age);
    const variant = { calm: "neutral", warning: "warning", alarm: "destructive" } as const;
    return (
        <TableRow>
            <TableCell>
                <code className="text-[0.8125rem]">{type}</code>
            </TableCell>
            <TableCell className="text-muted-foreground">{t(`lane.${laneOf(type)}`)}</TableCell>
            <TableCell className="text-right font-medium tabular-nums">{number.format(count)}</TableCell>
            <TableCell className="text-right">
                {age === undefined ? "–" : <Badge variant={variant[level]}>{formatDuration(age)}</Badge>}
            </TableCell>
            <TableCell className="text-primary-text">
                <Sparkline values={series.map((sample) => sample.byType[type] ?? 0)} />
            </TableCell>
        </TableRow>
    );
}

/** How old the oldest of each kind is, in seconds. The API says it of all together; of one kind its oldest row does. */
function useOldest(types: readonly string[], now: number): Map<string, number> {
    const mayView = useMay("view");
    const results = useQueries({
        queries: types.map((type) => ({
            queryKey: ["operations", "queue", "oldest", type],
            queryFn: ({ signal }: { signal: AbortSignal }) =>
                answer(api.GET("/api/queue/messages", { params: { query: { event_type: type, limit: 1 } }, signal })),
            enabled: mayView,
            staleTime: 4000,
            refetchInterval: 5000,
        })),
    });
    const ages = new Map<string, number>();
    results.forEach(({ data }, index) => {
        const [type, oldest] = [types[index], data?.messages[0]];
        if (type !== undefined && oldest) ages.set(type, secondsSince(oldest.created_at, now));
    });
    return ages;
}
