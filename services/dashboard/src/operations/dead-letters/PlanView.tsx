import { TriangleAlert } from "lucide-react";
import { useTranslation } from "react-i18next";
import { useLanguage, useTimes } from "@/i18n/useTimes";
import type { Plan } from "./plan";

/** What the dry run found: how many, of what, and what would be in the way. */
export function PlanView({ count, plan }: { count: number; plan: Plan | null }) {
    const { t } = useTranslation("operations");
    const { full } = useTimes();
    const number = new Intl.NumberFormat(useLanguage());
    return (
        <div className="grid gap-3 rounded-lg border bg-muted p-3.5 text-sm">
            <p className="font-semibold">{t("plan.count", { count, number: number.format(count) })}</p>
            {plan && count > 0 && (
                <dl className="grid gap-x-6 gap-y-1 text-[0.8125rem] sm:grid-cols-2">
                    <Split title={t("plan.bySource")} counts={plan.by_source} />
                    <Split title={t("plan.byType")} counts={plan.by_event_type} />
                </dl>
            )}
            {plan?.oldest && (
                <p className="text-xs text-muted-foreground">{t("plan.oldest", { time: full(plan.oldest) })}</p>
            )}
            {plan && <Obstacles plan={plan} />}
        </div>
    );
}

function Split({ title, counts }: { title: string; counts: Record<string, number> }) {
    const number = new Intl.NumberFormat(useLanguage());
    const largest = Object.entries(counts).sort(([, one], [, other]) => other - one);
    return (
        <div className="grid content-start gap-1">
            <dt className="text-xs font-medium text-muted-foreground">{title}</dt>
            {largest.slice(0, 6).map(([name, count]) => (
                <dd key={name} className="flex justify-between gap-3">
                    <span className="truncate">{name || "–"}</span>
                    <span className="tabular-nums">{number.format(count)}</span>
                </dd>
            ))}
        </div>
    );
}

function Obstacles({ plan }: { plan: Plan }) {
    const { t } = useTranslation("operations");
    const named = (["paused", "closed", "resting"] as const).flatMap((kind) => {
        const sources = plan.preflight[`${kind}_sources`];
        return sources.length > 0 ? [t(`plan.${kind}`, { sources: sources.join(", ") })] : [];
    });
    const obstacles = plan.preflight.redis === "ok" ? named : [...named, t("plan.redis")];
    if (obstacles.length === 0) return null;
    return (
        <ul className="grid gap-1 text-[0.8125rem] text-warning">
            {obstacles.map((obstacle) => (
                <li key={obstacle} className="flex items-start gap-1.5">
                    <TriangleAlert aria-hidden className="mt-0.5 size-3.5 shrink-0" />
                    {obstacle}
                </li>
            ))}
        </ul>
    );
}
