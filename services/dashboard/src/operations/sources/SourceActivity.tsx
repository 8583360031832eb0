import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { answer, api, type Schemas } from "@/api/client";
import { useLanguage, useTimes } from "@/i18n/useTimes";
import { Region } from "@/ui/region";
import { Skeleton } from "@/ui/skeleton";
import { formatDuration, secondsSince } from "../durations";
import { SOURCES_KEY } from "./useSources";

const EVERY_MS = 15_000;

/** When each kind of event last came from a source; asked for while somebody looks. */
export function SourceActivity({ sourceId, now }: { sourceId: string; now: number }) {
    const { t } = useTranslation("operations");
    const [open, setOpen] = useState(false);
    return (
        <details className="text-[0.8125rem]" onToggle={(event) => setOpen(event.currentTarget.open)}>
            <summary className="w-fit text-muted-foreground">{t("activity.title")}</summary>
            {open && <Activity sourceId={sourceId} now={now} />}
        </details>
    );
}

function Activity({ sourceId, now }: { sourceId: string; now: number }) {
    const { t } = useTranslation("operations");
    const query = useQuery({
        queryKey: [...SOURCES_KEY, sourceId, "activity"],
        queryFn: ({ signal }) =>
            answer(api.GET("/api/sources/{source_id}/activity", { params: { path: { source_id: sourceId } }, signal })),
        refetchInterval: EVERY_MS,
    });
    return (
        <div className="mt-2">
            <Region query={query} skeleton={<Skeleton className="h-20" />}>
                {({ activity }) =>
                    activity.length === 0 ? (
                        <p className="text-muted-foreground">{t("activity.none")}</p>
                    ) : (
                        <Kinds kinds={activity} now={now} />
                    )
                }
            </Region>
        </div>
    );
}

function Kinds({ kinds, now }: { kinds: readonly Schemas["HeardEvent"][]; now: number }) {
    const { t } = useTranslation("operations");
    const { full } = useTimes();
    const language = useLanguage();
    return (
        <table className="w-full tabular-nums">
            <thead className="text-left text-xs text-muted-foreground">
                <tr>
                    <th className="py-1 pr-3 font-medium">{t("activity.kind")}</th>
                    <th className="py-1 pr-3 font-medium">{t("activity.last")}</th>
                    <th className="py-1 text-right font-medium">{t("activity.events")}</th>
                </tr>
            </thead>
            <tbody>
                {kinds.map(({ event_type: kind, last_at: last, events }) => (
                    <tr key={kind} className="border-t">
                        <th scope="row" className="py-1 pr-3 text-left font-normal">
                            <code className="break-all">{kind}</code>
                        </th>
                        <td className="py-1 pr-3 whitespace-nowrap">
                            <time dateTime={last} title={full(last)}>
                                {t("sources.ago", { time: formatDuration(secondsSince(last, now)) })}
                            </time>
                        </td>
                        <td className="py-1 text-right">{events.toLocaleString(language)}</td>
                    </tr>
                ))}
            </tbody>
        </table>
    );
}
