import { useTranslation } from "react-i18next";
import { Link } from "wouter";
import { cn } from "@/ui/cn";
import { type Filters, type Tab, TABS, writeFilters } from "./filters";

type ListTabsProps = { path: string; filters: Filters; counts: Partial<Record<Tab, number>> };

/** Whose conversations are shown, each with how many there are. They are links: the choice stands in the address. */
export function ListTabs({ path, filters, counts }: ListTabsProps) {
    const { t } = useTranslation("conversations");
    return (
        <nav aria-label={t("tab.label")} className="flex border-b px-2">
            {TABS.map((tab) => {
                const search = writeFilters({ ...filters, tab });
                const current = filters.tab === tab;
                return (
                    <Link
                        key={tab}
                        href={search ? `${path}?${search}` : path}
                        aria-current={current ? "true" : undefined}
                        className={cn(
                            "-mb-px inline-flex h-9 min-w-0 items-center gap-1.5 border-b-2 px-2 text-[0.8125rem] font-medium whitespace-nowrap focus-visible:-outline-offset-2",
                            current
                                ? "border-primary text-foreground"
                                : "border-transparent text-muted-foreground hover:text-foreground",
                        )}
                    >
                        {t(`tab.${tab}`)}
                        <span
                            className={cn(
                                "min-w-5 rounded-full px-1.5 text-center text-[0.6875rem] tabular-nums",
                                current ? "bg-primary-soft text-primary-text" : "bg-muted text-muted-foreground",
                            )}
                        >
                            {counts[tab] ?? "–"}
                        </span>
                    </Link>
                );
            })}
        </nav>
    );
}
