import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { Link } from "wouter";
import { useLanguage, useTimes } from "@/i18n/useTimes";
import { Card } from "@/ui/page";
import type { EntryDetail } from "./queries";
import { LIST } from "./useFilter";

/** What it is, where it came from, and what else has to do with it. */
export function Facts({ entry }: { entry: EntryDetail }) {
    const { t } = useTranslation("operations");
    const { full } = useTimes();
    const bytes = new Intl.NumberFormat(useLanguage(), { style: "unit", unit: "byte", unitDisplay: "long" });
    const facts: readonly (readonly [string, ReactNode])[] = [
        ["type", <code key="type">{entry.event_type}</code>],
        ["source", entry.source_name ?? "–"],
        ["failures", entry.failure_count],
        ["firstSeen", full(entry.first_seen_at)],
        ["deadAt", full(entry.dead_at)],
        ["expires", entry.expires_at ? full(entry.expires_at) : t("facts.never")],
        ["conversation", entry.conversation_id ?? "–"],
        ["provider", <Mono key="provider">{entry.provider_id}</Mono>],
        ["correlation", <Same key="correlation" facet="correlation_id" value={entry.correlation_id} />],
        ["fingerprint", <Same key="fingerprint" facet="fingerprint" value={entry.fingerprint} />],
        ["size", bytes.format(entry.payload_size)],
        ["sha", <Mono key="sha">{entry.payload_sha256}</Mono>],
        ["code", <Mono key="code">{entry.code_version}</Mono>],
    ];
    return (
        <Card className="min-w-0" aria-labelledby="facts-title">
            <h2 id="facts-title" className="mb-3 text-sm font-semibold">
                {t("facts.title")}
            </h2>
            <dl className="grid gap-2.5 text-[0.8125rem]">
                {facts.map(([name, value]) => (
                    <div key={name} className="grid grid-cols-[8.5rem_minmax(0,1fr)] gap-3">
                        <dt className="text-muted-foreground">{t(`facts.${name}`)}</dt>
                        <dd className="min-w-0 break-words tabular-nums">{value}</dd>
                    </div>
                ))}
            </dl>
        </Card>
    );
}

function Mono({ children }: { children: string | null }) {
    return children === null ? <>–</> : <code className="text-xs break-all">{children}</code>;
}

/** Others that share this, whatever became of them. */
function Same({ facet, value }: { facet: string; value: string }) {
    const search = new URLSearchParams({ state: "all", [facet]: value });
    return (
        <Link href={`${LIST}?${search}`} className="text-primary-text underline underline-offset-2">
            <code className="text-xs break-all">{value}</code>
        </Link>
    );
}
