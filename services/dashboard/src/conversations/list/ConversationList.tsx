import { useTranslation } from "react-i18next";
import { useUser } from "@/session/useSession";
import { ErrorState } from "@/ui/error-state";
import { lazily } from "@/ui/lazily";
import { useBulkSelection } from "../bulk/useBulkSelection";
import { useConversations } from "../data/useConversations";
import { useColleagues } from "../desk/useColleagues";
import { useDrafts } from "../desk/useDrafts";
import { useLabels } from "../desk/useLabels";
import { useNow } from "../desk/useNow";
import type { Conversation } from "../entities";
import { ConversationRow } from "./ConversationRow";
import { FilterMenu } from "./FilterMenu";
import { type Filters, queryOf, writeFilters } from "./filters";
import { ListEmpty } from "./ListEmpty";
import { ListSkeleton } from "./ListSkeleton";
import { ListTabs } from "./ListTabs";
import { SearchField } from "./SearchField";
import { useTabCounts } from "./useTabCounts";
import { useDoing } from "./useDoing";
import { VirtualList } from "./VirtualList";

const BulkBar = lazily(() => import("../bulk/BulkBar").then((file) => file.BulkBar));
const Refusals = lazily(() => import("../bulk/Refusals").then((file) => file.Refusals));

const ROW_HEIGHT = 76;
export const SEARCH_ID = "conversation-search";

type ConversationListProps = {
    filters: Filters;
    onFilters: (change: Partial<Filters>) => void;
    activeId: string | null;
};

/** The column that agents live in: what is theirs, what is nobody's, and who waits. */
export function ConversationList({ filters, onFilters, activeId }: ConversationListProps) {
    const { t } = useTranslation("conversations");
    const list = useConversations(queryOf(filters));
    const bulk = useBulkSelection(list.conversations);
    const counts = useTabCounts(filters, list.total);
    const path = activeId === null ? "/conversations" : `/conversations/${activeId}`;
    return (
        <section aria-label={t("list.label")} className="flex h-full min-h-0 min-w-0 flex-col bg-card">
            <header className="flex h-12 shrink-0 items-center gap-2 px-3">
                <h1 className="text-[0.9375rem] font-semibold">{t("title")}</h1>
                <span className="text-xs text-muted-foreground tabular-nums">
                    {!list.isPending && t("list.total", { count: list.total })}
                </span>
            </header>
            {bulk.count > 0 ? (
                <BulkBar {...bulk} status={filters.status} />
            ) : (
                <div className="flex h-11 shrink-0 items-center gap-1 px-3 pb-1.5">
                    <SearchField id={SEARCH_ID} value={filters.q} onSearch={(q) => onFilters({ q })} />
                    <FilterMenu filters={filters} onChange={onFilters} />
                </div>
            )}
            <ListTabs path={path} filters={filters} counts={counts} />
            <ListBody list={list} filters={filters} onFilters={onFilters} activeId={activeId} bulk={bulk} />
            {bulk.refused.length > 0 && (
                <Refusals refused={bulk.refused} nameOf={bulk.nameOf} onClose={bulk.forgetRefused} />
            )}
        </section>
    );
}

type ListBodyProps = ConversationListProps & {
    list: ReturnType<typeof useConversations>;
    bulk: ReturnType<typeof useBulkSelection>;
};

function ListBody({ list, filters, onFilters, activeId, bulk }: ListBodyProps) {
    const { t } = useTranslation("conversations");
    const row = useRow(filters, activeId, bulk);
    if (list.isPending) return <ListSkeleton rowHeight={ROW_HEIGHT} />;
    if (list.error && list.conversations.length === 0) return <ErrorState error={list.error} onRetry={list.refetch} />;
    if (list.conversations.length === 0) return <ListEmpty filters={filters} onChange={onFilters} />;
    return (
        <>
            {list.error && (
                <p role="status" className="border-b bg-warning-soft px-3 py-1.5 text-xs text-warning">
                    {t("list.stale")}
                </p>
            )}
            <VirtualList
                label={t("list.label")}
                items={list.conversations}
                keyOf={idOf}
                rowHeight={ROW_HEIGHT}
                total={list.total}
                activeKey={activeId}
                renderRow={row}
                pages={list}
                focusSelector="a"
                end={list.conversations.length > 10 && t("list.end")}
            />
        </>
    );
}

const idOf = (entry: Conversation) => entry.id;

function useRow(filters: Filters, activeId: string | null, bulk: ReturnType<typeof useBulkSelection>) {
    const { t } = useTranslation("conversations");
    const user = useUser();
    const now = useNow();
    const { known } = useLabels();
    const { nameOf } = useColleagues();
    const drafts = useDrafts();
    const doing = useDoing();
    const search = writeFilters(filters);
    return (entry: Conversation, focusable: boolean) => {
        const mine = entry.assigned_to === user.id;
        const assignee = entry.assigned_to === null ? null : mine ? t("list.assignedToYou") : nameOf(entry.assigned_to);
        return (
            <ConversationRow
                entry={entry}
                href={`/conversations/${entry.id}${search ? `?${search}` : ""}`}
                active={entry.id === activeId}
                focusable={focusable}
                now={now}
                labels={known(entry.label_ids)}
                assignee={filters.tab === "mine" ? null : assignee}
                doing={doing(entry.id)}
                draft={entry.id === activeId ? "" : drafts.read(entry.id, "reply").text}
                selected={bulk.isSelected(entry.id)}
                selecting={bulk.count > 0}
                onSelect={bulk.select}
            />
        );
    };
}
