import { useTranslation } from "react-i18next";
import { useTimes } from "@/i18n/useTimes";
import { Badge } from "@/ui/badge";
import { Card } from "@/ui/page";
import { Scrolled } from "@/ui/scrolled";
import { attemptsOf, happeningsOf, type Attempt, type Happening } from "./happenings";
import type { EntryDetail } from "./queries";

/** Each attempt that failed: when, for how long, at which worker, with what. */
export function Attempts({ entry }: { entry: EntryDetail }) {
    const { t } = useTranslation("operations");
    const attempts = attemptsOf(entry.attempts);
    return (
        <Card className="min-w-0" aria-labelledby="attempts-title">
            <h2 id="attempts-title" className="mb-3 text-sm font-semibold">
                {t("attempts.title", { count: entry.failure_count })}
            </h2>
            {attempts.length === 0 ? (
                <p className="text-sm text-muted-foreground">{t("attempts.none")}</p>
            ) : (
                <ol className="grid grid-cols-1 gap-3">
                    {attempts.map((attempt, index) => (
                        <AttemptItem key={`${attempt.at} ${index}`} attempt={attempt} />
                    ))}
                </ol>
            )}
        </Card>
    );
}

function AttemptItem({ attempt }: { attempt: Attempt }) {
    const { t } = useTranslation("operations");
    const { full } = useTimes();
    return (
        <li className="grid gap-1 border-l-2 border-destructive pl-3">
            <span className="flex flex-wrap items-center gap-x-3 gap-y-0.5 text-xs text-muted-foreground tabular-nums">
                <time dateTime={attempt.at}>{full(attempt.at)}</time>
                {attempt.duration_ms != null && (
                    <span>{t("attempts.took", { ms: Math.round(attempt.duration_ms) })}</span>
                )}
                {attempt.worker && <code className="break-all">{attempt.worker}</code>}
            </span>
            <span className="text-[0.8125rem] break-words">
                {attempt.error_class && <code className="mr-1.5 font-semibold">{attempt.error_class}</code>}
                {attempt.error}
            </span>
        </li>
    );
}

/** What became of it and who decided that. */
export function History({ entry }: { entry: EntryDetail }) {
    const { t } = useTranslation("operations");
    return (
        <Card className="min-w-0" aria-labelledby="history-title">
            <h2 id="history-title" className="mb-3 text-sm font-semibold">
                {t("history.title")}
            </h2>
            <ol className="grid grid-cols-1 gap-3">
                {happeningsOf(entry.history).map((happening, index) => (
                    <HappeningItem key={`${happening.at} ${index}`} happening={happening} />
                ))}
            </ol>
        </Card>
    );
}

function HappeningItem({ happening }: { happening: Happening }) {
    const { t } = useTranslation("operations");
    const { full } = useTimes();
    const said = happening.reason ?? happening.error;
    return (
        <li className="grid gap-1 border-l-2 border-border pl-3">
            <span className="flex flex-wrap items-center gap-2">
                <Badge variant="neutral">{t(`happening.${happening.event}`, { defaultValue: happening.event })}</Badge>
                <time dateTime={happening.at} className="text-xs text-muted-foreground tabular-nums">
                    {full(happening.at)}
                </time>
                {happening.by && <span className="text-xs">{t("history.by", { name: happening.by })}</span>}
            </span>
            {said && <span className="text-[0.8125rem] break-words text-muted-foreground">{said}</span>}
            {happening.diff && (
                <Scrolled label={t("edit.title")} className="max-h-48 p-2 text-xs">
                    {happening.diff}
                </Scrolled>
            )}
        </li>
    );
}

/** How it was sent; secrets are taken out before anything is stored. */
export function Headers({ entry }: { entry: EntryDetail }) {
    const { t } = useTranslation("operations");
    const headers = Object.entries(entry.headers);
    if (headers.length === 0) return null;
    return (
        <Card className="min-w-0" aria-labelledby="headers-title">
            <h2 id="headers-title" className="mb-3 text-sm font-semibold">
                {t("headers.title")}
            </h2>
            <dl className="grid gap-1.5 text-xs">
                {headers.map(([name, value]) => (
                    <div key={name} className="grid grid-cols-[8.5rem_minmax(0,1fr)] gap-3">
                        <dt className="font-mono break-all text-muted-foreground">{name}</dt>
                        <dd className="font-mono break-all">{String(value)}</dd>
                    </div>
                ))}
            </dl>
        </Card>
    );
}
