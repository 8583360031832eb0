import { useQuery } from "@tanstack/react-query";
import { CalendarClock, Infinity as Forever, Pencil } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Link } from "wouter";
import { answer, api } from "@/api/client";
import { usePageTitle } from "@/app/usePageTitle";
import { useTimes } from "@/i18n/useTimes";
import { Button } from "@/ui/button";
import { Card, Page } from "@/ui/page";
import { Region } from "@/ui/region";
import { Skeleton } from "@/ui/skeleton";
import { RETENTION_KEY, type Rule } from "./retention/queries";
import { RuleDialog } from "./retention/RuleDialog";

/** How long each class of data is kept. */
export default function RetentionPage() {
    const { t } = useTranslation("administration");
    usePageTitle(t("retention.title"));
    const [edited, setEdited] = useState<Rule | null>(null);
    const query = useQuery({
        queryKey: RETENTION_KEY,
        queryFn: ({ signal }) => answer(api.GET("/api/retention", { signal })),
    });
    return (
        <Page title={t("retention.title")} text={t("retention.text")} className="max-w-4xl">
            <Region query={query} skeleton={<Skeleton className="h-96 rounded-lg" />}>
                {(retention) => (
                    <>
                        <ul className="grid grid-cols-1 gap-3">
                            {retention.rules.map((rule) => (
                                <li key={rule.class}>
                                    <RuleCard rule={rule} onEdit={() => setEdited(rule)} />
                                </li>
                            ))}
                        </ul>
                        {edited && <RuleDialog rule={edited} bounds={retention} onClose={() => setEdited(null)} />}
                    </>
                )}
            </Region>
            <Link
                href="/operations/audit?action=retention.deleted"
                className="w-fit text-sm text-primary-text underline underline-offset-2"
            >
                {t("retention.deleted")}
            </Link>
        </Page>
    );
}

function RuleCard({ rule, onEdit }: { rule: Rule; onEdit: () => void }) {
    const { t } = useTranslation("administration");
    const { full } = useTimes();
    const Sign = rule.days === null ? Forever : CalendarClock;
    const name = t(`class.${rule.class}.name`);
    return (
        <Card className="flex flex-wrap items-center gap-x-6 gap-y-2">
            <div className="grid min-w-56 flex-1 gap-1">
                <h2 className="text-[0.9375rem] font-semibold">{name}</h2>
                <p className="text-[0.8125rem] text-muted-foreground">{t(`class.${rule.class}.text`)}</p>
            </div>
            <div className="grid gap-0.5 sm:justify-items-end">
                <p className="flex items-center gap-2 font-semibold tabular-nums">
                    <Sign aria-hidden className="size-4 text-muted-foreground" />
                    {rule.days === null ? t("retention.forever") : t("retention.days", { count: rule.days })}
                </p>
                {rule.set_at && (
                    <p className="text-xs text-muted-foreground">
                        {t("retention.since", { time: full(rule.set_at), name: rule.set_by ?? "–" })}
                    </p>
                )}
            </div>
            <Button size="sm" variant="outline" aria-label={t("retention.editOne", { name })} onClick={onEdit}>
                <Pencil aria-hidden />
                {t("edit")}
            </Button>
        </Card>
    );
}
