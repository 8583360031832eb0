import { useQuery } from "@tanstack/react-query";
import { CalendarClock, Infinity as Forever, Terminal } from "lucide-react";
import { useTranslation } from "react-i18next";
import { Link } from "wouter";
import { answer, api, type Schemas } from "@/api/client";
import { usePageTitle } from "@/app/usePageTitle";
import { useTimes } from "@/i18n/useTimes";
import { useClinic } from "@/session/useSession";
import { Card, Page } from "@/ui/page";
import { Region } from "@/ui/region";
import { Skeleton } from "@/ui/skeleton";
import { rulesOf, type Rule } from "./retention/rules";

type Entry = Schemas["AuditEntry"];
const PAGE = 200;

/** How long each class of data is kept. Rules are made by whoever runs the installation; the audit log tells them. */
export default function RetentionPage() {
    const { t } = useTranslation("administration");
    usePageTitle(t("retention.title"));
    const { slug } = useClinic();
    const query = useQuery({ queryKey: ["administration", "retention"], queryFn: ({ signal }) => decisions(signal) });
    return (
        <Page title={t("retention.title")} text={t("retention.text")} className="max-w-4xl">
            <Region query={query} skeleton={<Skeleton className="h-96 rounded-lg" />}>
                {(entries) => (
                    <ul className="grid grid-cols-1 gap-3">
                        {rulesOf(entries).map((rule) => (
                            <li key={rule.kind}>
                                <RuleCard rule={rule} />
                            </li>
                        ))}
                    </ul>
                )}
            </Region>
            <p className="flex items-start gap-2 rounded-lg border bg-info-soft px-3.5 py-2.5 text-[0.8125rem] text-info">
                <Terminal aria-hidden className="mt-0.5 size-4 shrink-0" />
                <span>
                    {t("retention.cli")}{" "}
                    <code className="font-semibold">./prosa retention set {slug} messages 1825</code>
                </span>
            </p>
            <Link
                href="/operations/audit?action=retention.deleted"
                className="w-fit text-sm text-primary-text underline underline-offset-2"
            >
                {t("retention.deleted")}
            </Link>
        </Page>
    );
}

function RuleCard({ rule }: { rule: Rule }) {
    const { t } = useTranslation("administration");
    const { full } = useTimes();
    const Sign = rule.days === null ? Forever : CalendarClock;
    return (
        <Card className="grid gap-1 sm:grid-cols-[minmax(0,1fr)_auto] sm:gap-x-6">
            <h2 className="text-[0.9375rem] font-semibold">{t(`class.${rule.kind}.name`)}</h2>
            <p className="flex items-center gap-2 font-semibold tabular-nums sm:justify-end">
                <Sign aria-hidden className="size-4 text-muted-foreground" />
                {rule.days === null ? t("retention.forever") : t("retention.days", { count: rule.days })}
            </p>
            <p className="text-[0.8125rem] text-muted-foreground">{t(`class.${rule.kind}.text`)}</p>
            {rule.since && (
                <p className="text-xs text-muted-foreground sm:text-right">
                    {t("retention.since", { time: full(rule.since) })}
                </p>
            )}
        </Card>
    );
}

async function decisions(signal: AbortSignal): Promise<Entry[]> {
    const [set, ended] = await Promise.all([entriesOf("retention.set", signal), entriesOf("retention.ended", signal)]);
    return [...set, ...ended];
}

async function entriesOf(action: string, signal: AbortSignal): Promise<Entry[]> {
    const found: Entry[] = [];
    let cursor: string | null = null;
    do {
        const page: Schemas["AuditList"] = await answer(
            api.GET("/api/audit", { params: { query: { action, cursor, limit: PAGE } }, signal }),
        );
        found.push(...page.entries);
        cursor = page.next_cursor;
    } while (cursor !== null);
    return found;
}
