import { CircleCheck } from "lucide-react";
import { useTranslation } from "react-i18next";
import type { Schemas } from "@/api/client";
import { useLanguage } from "@/i18n/useTimes";
import { Badge } from "@/ui/badge";
import { EmptyState } from "@/ui/empty-state";
import { Table, TableBody, TableCell, TableHead, TableHeader, TableRow } from "@/ui/table";
import { formatDuration } from "../durations";
import type { Sample } from "./samples";
import { Sparkline } from "./Sparkline";
import { ageLevel } from "./thresholds";
import { laneOf } from "./trends";

type Figures = Schemas["TypeFigures"];
type ByTypeProps = { types: readonly Figures[]; series: readonly Sample[] };

/** Each kind that waits, or waited in the range: how many, since when, and how it was. */
export function ByType({ types, series }: ByTypeProps) {
    const { t } = useTranslation("operations");
    const shown = types.filter(
        (each) => waiting(each) > 0 || series.some((sample) => (sample.byType[each.type] ?? 0) > 0),
    );
    if (shown.length === 0)
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
                    <TableHead className="text-right">{t("byType.retrying")}</TableHead>
                    <TableHead className="text-right">{t("byType.oldest")}</TableHead>
                    <TableHead>{t("byType.course")}</TableHead>
                </tr>
            </TableHeader>
            <TableBody>
                {[...shown]
                    .sort((one, other) => waiting(other) - waiting(one))
                    .map((each) => (
                        <TypeRow key={each.type} figures={each} series={series} />
                    ))}
            </TableBody>
        </Table>
    );
}

function waiting({ depth }: Figures): number {
    return depth.pending + depth.processing + depth.retrying;
}

function TypeRow({ figures, series }: { figures: Figures; series: readonly Sample[] }) {
    const { t } = useTranslation("operations");
    const number = new Intl.NumberFormat(useLanguage());
    const { type, depth, oldest_age_seconds: age } = figures;
    const variant = { calm: "neutral", warning: "warning", alarm: "destructive" } as const;
    return (
        <TableRow>
            <TableCell>
                <code className="text-[0.8125rem]">{type}</code>
            </TableCell>
            <TableCell className="text-muted-foreground">{t(`lane.${laneOf(type)}`)}</TableCell>
            <TableCell className="text-right font-medium tabular-nums">{number.format(waiting(figures))}</TableCell>
            <TableCell className="text-right tabular-nums">{number.format(depth.retrying)}</TableCell>
            <TableCell className="text-right">
                {age === null ? "–" : <Badge variant={variant[ageLevel(age)]}>{formatDuration(age)}</Badge>}
            </TableCell>
            <TableCell className="text-primary-text">
                <Sparkline values={series.map((sample) => sample.byType[type] ?? 0)} />
            </TableCell>
        </TableRow>
    );
}
