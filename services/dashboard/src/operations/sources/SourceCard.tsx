import { useQuery } from "@tanstack/react-query";
import { BellOff, Play, QrCode, RotateCw } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { answer, api, type Schemas } from "@/api/client";
import { useTimes } from "@/i18n/useTimes";
import { useMay } from "@/session/useMay";
import { Badge } from "@/ui/badge";
import { Button } from "@/ui/button";
import { Card } from "@/ui/page";
import { formatDuration, secondsSince } from "../durations";
import { useResume } from "../queue/Pauses";
import { RefusalNote } from "../RefusalNote";
import { ConnectionChip } from "./ConnectionChip";
import { lineOf } from "./line";
import { PauseDialog } from "./PauseDialog";
import { QrDialog } from "./QrDialog";
import { SourceActivity } from "./SourceActivity";
import type { Source } from "./useSources";

type SourceCardProps = { source: Source; pauses: readonly Schemas["Pause"][]; now: number };

/** How a source is: its line, when it was last heard, whether something holds it up. */
export function SourceCard({ source, pauses, now }: SourceCardProps) {
    const { t } = useTranslation("operations");
    const { full } = useTimes();
    const isInstance = source.kind === "evolution";
    return (
        <Card className="grid content-start gap-3" aria-labelledby={`source-${source.id}`}>
            <div className="flex flex-wrap items-center gap-2">
                <h2 id={`source-${source.id}`} className="text-[0.9375rem] font-semibold break-all">
                    {source.name}
                </h2>
                <Badge variant="outline">{t(`sourceKind.${source.kind}`, { defaultValue: source.kind })}</Badge>
                {isInstance && <ConnectionChip state={source.state} />}
                {!source.active && <Badge variant="neutral">{t("sources.inactive")}</Badge>}
            </div>
            <dl className="grid gap-1.5 text-[0.8125rem]">
                <Fact name={t("sources.lastEvent")}>
                    {source.last_event_at ? (
                        <time dateTime={source.last_event_at} title={full(source.last_event_at)}>
                            {t("sources.ago", { time: formatDuration(secondsSince(source.last_event_at, now)) })}
                        </time>
                    ) : (
                        t("sources.never")
                    )}
                </Fact>
                {isInstance && source.state_at && (
                    <Fact name={t("sources.stateSince")}>
                        {full(source.state_at)}
                        {source.state_reason && ` · ${source.state_reason}`}
                    </Fact>
                )}
                {source.sending && (
                    <Fact name={t("sources.resting")}>
                        <span className="text-warning">
                            {source.sending.paused_until
                                ? t("sources.restsUntil", { time: full(source.sending.paused_until) })
                                : t("sources.rests")}
                            {source.sending.reason && ` · ${source.sending.reason}`}
                        </span>
                    </Fact>
                )}
            </dl>
            <SourceActivity sourceId={source.id} now={now} />
            <PausedKinds pauses={pauses} />
            <Actions source={source} pauses={pauses} />
        </Card>
    );
}

function Fact({ name, children }: { name: string; children: React.ReactNode }) {
    return (
        <div className="grid grid-cols-[9rem_minmax(0,1fr)] gap-3">
            <dt className="text-muted-foreground">{name}</dt>
            <dd className="min-w-0 break-words tabular-nums">{children}</dd>
        </div>
    );
}

function PausedKinds({ pauses }: { pauses: readonly Schemas["Pause"][] }) {
    const { t } = useTranslation("operations");
    const { full } = useTimes();
    const mayPause = useMay("pause");
    const resume = useResume();
    return (
        <ul className="grid gap-1.5 empty:hidden">
            {pauses.map((pause) => (
                <li
                    key={pause.kind}
                    className="flex items-center gap-2 rounded-md bg-warning-soft px-2.5 py-1.5 text-[0.8125rem] text-warning"
                >
                    <span className="min-w-0 flex-1">
                        {t(`pauses.kind.${pause.kind}`)}{" "}
                        {t("pauses.by", { name: pause.paused_by, time: full(pause.paused_at), reason: pause.reason })}
                    </span>
                    {mayPause && (
                        <Button
                            size="sm"
                            variant="outline"
                            pending={resume.isPending}
                            onClick={() => resume.mutate(pause)}
                        >
                            <Play aria-hidden />
                            {t("pauses.resume")}
                        </Button>
                    )}
                </li>
            ))}
        </ul>
    );
}

function Actions({ source, pauses }: Omit<SourceCardProps, "now">) {
    const { t } = useTranslation("operations");
    const { full } = useTimes();
    const [asking, setAsking] = useState<"pause" | "qr" | null>(null);
    const [mayPause, mayPair] = [useMay("pause"), useMay("administer")];
    const isInstance = source.kind === "evolution";
    const now = useQuery({
        queryKey: ["sources", source.id, "connection"],
        queryFn: ({ signal }) =>
            answer(
                api.GET("/api/sources/{source_id}/connection", { params: { path: { source_id: source.id } }, signal }),
            ),
        enabled: false,
        retry: false,
    });
    const close = () => setAsking(null);
    return (
        <>
            {now.data && !now.isError && (
                <p role="status" className="flex items-center gap-2 text-[0.8125rem]">
                    {t("sources.saysNow")} <ConnectionChip state={now.data.state} />
                    <span className="text-muted-foreground tabular-nums">{full(now.data.asked_at)}</span>
                </p>
            )}
            <RefusalNote error={now.error} />
            <div className="flex flex-wrap gap-1.5">
                {isInstance && (
                    <Button size="sm" variant="outline" pending={now.isFetching} onClick={() => void now.refetch()}>
                        <RotateCw aria-hidden />
                        {t("sources.ask")}
                    </Button>
                )}
                {isInstance && mayPair && lineOf(now.data?.state ?? source.state) !== "open" && (
                    <Button size="sm" variant="outline" onClick={() => setAsking("qr")}>
                        <QrCode aria-hidden />
                        {t("qr.show")}
                    </Button>
                )}
                {mayPause && pauses.length < (isInstance ? 2 : 1) && (
                    <Button size="sm" variant="outline" onClick={() => setAsking("pause")}>
                        <BellOff aria-hidden />
                        {t("sources.silence")}
                    </Button>
                )}
            </div>
            {asking === "pause" && <PauseDialog source={source} pauses={pauses} onClose={close} />}
            {asking === "qr" && <QrDialog source={source} onClose={close} />}
        </>
    );
}
