import { keepPreviousData, useInfiniteQuery } from "@tanstack/react-query";
import { ScrollText, SearchX, X } from "lucide-react";
import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import { useLocation, useSearch } from "wouter";
import { answer, api } from "@/api/client";
import { usePageTitle } from "@/app/usePageTitle";
import { Button } from "@/ui/button";
import { EmptyState } from "@/ui/empty-state";
import { Page } from "@/ui/page";
import { Region } from "@/ui/region";
import { Select } from "@/ui/select";
import { Skeleton } from "@/ui/skeleton";
import { ACTIONS, auditFilterOf, auditSearchOf, type AuditFilter } from "./audit/filter";
import { AuditTable } from "./audit/AuditTable";
import { CommittedInput } from "./dead-letters/CommittedInput";

const PAGE = 50;

/** Who did what, the newest first. */
export default function AuditPage() {
    const { t } = useTranslation("operations");
    usePageTitle(t("audit.title"));
    const search = useSearch();
    const [, navigate] = useLocation();
    const filter = useMemo(() => auditFilterOf(search), [search]);
    const change = (next: AuditFilter) => navigate(`/operations/audit?${auditSearchOf(next)}`, { replace: true });
    const query = useAudit(filter);
    const isNarrowed = auditSearchOf(filter) !== "";
    return (
        <Page title={t("audit.title")} text={t("audit.text")} className="max-w-[96rem]">
            <Facets filter={filter} onChange={change} />
            <Region query={query} skeleton={<Skeleton className="h-[32rem] rounded-lg" />}>
                {({ pages }) => {
                    const entries = pages.flatMap((page) => page.entries);
                    if (entries.length === 0)
                        return (
                            <div className="rounded-lg border bg-card">
                                <EmptyState
                                    icon={isNarrowed ? SearchX : ScrollText}
                                    title={t(isNarrowed ? "audit.none" : "audit.empty")}
                                    text={t(isNarrowed ? "audit.noneText" : "audit.emptyText")}
                                />
                            </div>
                        );
                    return (
                        <div className="grid grid-cols-1 gap-3">
                            <AuditTable entries={entries} />
                            {query.hasNextPage && (
                                <Button
                                    variant="outline"
                                    className="justify-self-center"
                                    pending={query.isFetchingNextPage}
                                    onClick={() => void query.fetchNextPage()}
                                >
                                    {t("audit.more")}
                                </Button>
                            )}
                        </div>
                    );
                }}
            </Region>
        </Page>
    );
}

function useAudit({ action, subjectType, subjectId }: AuditFilter) {
    return useInfiniteQuery({
        queryKey: ["operations", "audit", action, subjectType, subjectId],
        queryFn: ({ signal, pageParam }) => {
            const asked = { action, subject_type: subjectType, subject_id: subjectId };
            return answer(
                api.GET("/api/audit", { params: { query: { ...asked, cursor: pageParam, limit: PAGE } }, signal }),
            );
        },
        initialPageParam: null as string | null,
        getNextPageParam: (last) => last.next_cursor,
        placeholderData: keepPreviousData,
        staleTime: 0,
    });
}

function Facets({ filter, onChange }: { filter: AuditFilter; onChange: (filter: AuditFilter) => void }) {
    const { t } = useTranslation("operations");
    const known = Object.entries(ACTIONS).flatMap(([type, verbs]) => verbs.map((verb) => `${type}.${verb}`));
    const others = filter.action && !known.includes(filter.action) ? [filter.action] : [];
    return (
        <search aria-label={t("facets.label")} className="grid grid-cols-2 gap-2 sm:flex sm:flex-wrap">
            <Select
                aria-label={t("audit.action")}
                className="col-span-2 sm:w-72"
                value={filter.action ?? ""}
                onChange={({ target }) => onChange({ ...filter, action: target.value })}
            >
                <option value="">{t("audit.anyAction")}</option>
                {others.map((action) => (
                    <option key={action}>{action}</option>
                ))}
                {Object.entries(ACTIONS).map(([type, verbs]) => (
                    <optgroup key={type} label={t(`subjects.${type}`)}>
                        {verbs.map((verb) => (
                            <option key={verb} value={`${type}.${verb}`}>
                                {t(`actions.${type}.${verb}`)}
                            </option>
                        ))}
                    </optgroup>
                ))}
            </Select>
            <Select
                aria-label={t("audit.subjectType")}
                className="sm:w-48"
                value={filter.subjectType ?? ""}
                onChange={({ target }) => onChange({ ...filter, subjectType: target.value })}
            >
                <option value="">{t("audit.anySubject")}</option>
                {Object.keys(ACTIONS).map((type) => (
                    <option key={type} value={type}>
                        {t(`subjects.${type}`)}
                    </option>
                ))}
            </Select>
            <CommittedInput
                label={t("audit.subjectId")}
                className="sm:w-48"
                value={filter.subjectId ?? ""}
                onCommit={(subjectId) => onChange({ ...filter, subjectId })}
            />
            {auditSearchOf(filter) !== "" && (
                <Button variant="ghost" onClick={() => onChange({})}>
                    <X aria-hidden />
                    {t("facets.clearAll")}
                </Button>
            )}
        </search>
    );
}
