import { BellOff, CircleCheck, CircleDot, Eye, Link2, Timer } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Link } from "wouter";
import { useLanguage, useTimes } from "@/i18n/useTimes";
import { useMay } from "@/session/useMay";
import { Badge } from "@/ui/badge";
import { Button } from "@/ui/button";
import { Card } from "@/ui/page";
import { useNow } from "../useNow";
import type { DeadLetterFilter } from "./filter";
import { discardsItself, type Kind } from "./groups";
import { KindDialog } from "./KindDialog";
import { addressOf } from "./useFilter";

const LOOKS = {
    open: { variant: "destructive", Icon: CircleDot },
    acknowledged: { variant: "info", Icon: Eye },
    muted: { variant: "outline", Icon: BellOff },
    resolved: { variant: "success", Icon: CircleCheck },
} as const;

/** What the filter matches by what went wrong: one decision for all of a kind. */
export function Kinds({ kinds, filter }: { kinds: readonly Kind[]; filter: DeadLetterFilter }) {
    const most = Math.max(1, ...kinds.map(({ count }) => count));
    return (
        <ul className="grid grid-cols-1 gap-2">
            {kinds.map((kind) => (
                <li key={kind.fingerprint}>
                    <KindCard kind={kind} filter={filter} most={most} />
                </li>
            ))}
        </ul>
    );
}

function KindCard({ kind, filter, most }: { kind: Kind; filter: DeadLetterFilter; most: number }) {
    const { t } = useTranslation("operations");
    const { full, list } = useTimes();
    const number = new Intl.NumberFormat(useLanguage());
    const [deciding, setDeciding] = useState(false);
    const mayDecide = useMay("discard");
    const here = addressOf({ ...filter, fingerprint: kind.fingerprint }, "messages");
    return (
        <Card className="grid gap-2 py-3">
            <div className="flex items-start gap-4">
                <div className="grid min-w-0 flex-1 gap-1.5">
                    <KindChips kind={kind} />
                    <p className="font-medium break-words">{kind.errorMessage || kind.fingerprint}</p>
                    <p className="flex flex-wrap gap-x-3 gap-y-0.5 text-xs text-muted-foreground">
                        {kind.eventType && <code>{kind.eventType}</code>}
                        <span title={full(kind.lastSeen)}>{t("issue.last", { time: list(kind.lastSeen) })}</span>
                        <span title={full(kind.firstSeen)}>{t("issue.first", { time: list(kind.firstSeen) })}</span>
                        {kind.changedBy && <span>{t("issue.changedBy", { name: kind.changedBy })}</span>}
                    </p>
                    {kind.note && <p className="text-[0.8125rem] text-muted-foreground">{kind.note}</p>}
                </div>
                <div className="grid shrink-0 justify-items-end gap-0.5">
                    <span className="text-2xl font-semibold tabular-nums">{number.format(kind.count)}</span>
                    <span className="text-xs text-muted-foreground">{t("issue.messages", { count: kind.count })}</span>
                </div>
            </div>
            <svg
                aria-hidden
                viewBox="0 0 100 2"
                preserveAspectRatio="none"
                className="h-1 w-full rounded-full bg-accent"
            >
                <rect width={(100 * kind.count) / most} height="2" className="fill-destructive" />
            </svg>
            <div className="flex flex-wrap justify-end gap-1.5">
                <Button asChild size="sm" variant="outline">
                    <Link href={here}>{t("issue.show")}</Link>
                </Button>
                {mayDecide && (
                    <Button size="sm" variant="outline" onClick={() => setDeciding(true)}>
                        {t("issue.decide")}
                    </Button>
                )}
            </div>
            {deciding && <KindDialog kind={kind} onClose={() => setDeciding(false)} />}
        </Card>
    );
}

function KindChips({ kind }: { kind: Kind }) {
    const { t } = useTranslation("operations");
    const { full } = useTimes();
    const now = useNow();
    const { variant, Icon } = LOOKS[kind.state];
    return (
        <span className="flex flex-wrap items-center gap-1.5">
            <Badge variant={variant}>
                <Icon aria-hidden />
                {t(`issueState.${kind.state}`)}
            </Badge>
            {kind.discardUntil !== null && discardsItself(kind, now) && (
                <Badge variant="warning">
                    <Timer aria-hidden />
                    {t("issue.discardsUntil", { time: full(kind.discardUntil) })}
                </Badge>
            )}
            {kind.link && (
                <a
                    href={kind.link}
                    target="_blank"
                    rel="noreferrer"
                    className="inline-flex max-w-48 items-center gap-1 truncate text-xs text-primary-text underline underline-offset-2"
                >
                    <Link2 aria-hidden className="size-3.5 shrink-0" />
                    {t("issue.known")}
                </a>
            )}
        </span>
    );
}
