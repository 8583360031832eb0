import { Ban, RotateCcw } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useLanguage } from "@/i18n/useTimes";
import { useMay } from "@/session/useMay";
import { Button } from "@/ui/button";
import { Region } from "@/ui/region";
import { Skeleton } from "@/ui/skeleton";
import { BulkBar, type BulkAction } from "./BulkBar";
import { BulkDialog } from "./BulkDialog";
import { EntryTable } from "./EntryTable";
import type { DeadLetterFilter } from "./filter";
import { Nothing } from "./Nothing";
import type { Choice } from "./plan";
import { useDeadLetters, type Entry } from "./queries";
import { NOTHING, present } from "./selection";
import { useFilter } from "./useFilter";

type MessageListProps = { filter: DeadLetterFilter; onFilter: (filter: DeadLetterFilter) => void };
type Asked = { action: BulkAction; choice: Choice };

/** Dead letters one by one, the newest first, and what is done to those that are selected or to all that match. */
export function MessageList({ filter, onFilter }: MessageListProps) {
    const query = useDeadLetters(filter);
    return (
        <Region query={query} skeleton={<ListSkeleton />}>
            {({ pages }) => {
                const entries = pages.flatMap((page) => page.entries);
                if (entries.length === 0) return <Nothing filter={filter} onFilter={onFilter} />;
                return (
                    <div className="grid grid-cols-1 gap-3">
                        <Chosen entries={entries} total={pages[0]?.total ?? 0} filter={filter} />
                        <More query={query} shown={entries.length} />
                    </div>
                );
            }}
        </Region>
    );
}

function Chosen({ entries, total, filter }: { entries: readonly Entry[]; total: number; filter: DeadLetterFilter }) {
    const { search } = useFilter();
    const [asked, setAsked] = useState<Asked | null>(null);
    const [touched, setTouched] = useState(NOTHING);
    const ids = entries.map(({ id }) => id);
    const selection = present(touched, ids);
    const selected = entries.filter(({ id }) => selection.ids.has(id));
    const close = () => {
        setAsked(null);
        setTouched(NOTHING);
    };
    return (
        <>
            <div className="flex min-h-9 items-center">
                {selected.length > 0 ? (
                    <BulkBar
                        selected={selected}
                        onAsk={(action) => setAsked({ action, choice: { ids: [...selection.ids] } })}
                        onClear={() => setTouched(NOTHING)}
                    />
                ) : (
                    <ByFilter total={total} onAsk={(action) => setAsked({ action, choice: { filter } })} />
                )}
            </div>
            <EntryTable entries={entries} search={search} selection={selection} onSelect={setTouched} />
            {asked && <BulkDialog {...asked} onClose={close} />}
        </>
    );
}

function ByFilter({ total, onAsk }: { total: number; onAsk: (action: BulkAction) => void }) {
    const { t } = useTranslation("operations");
    const number = new Intl.NumberFormat(useLanguage());
    const [mayReplay, mayDiscard] = [useMay("bulk_replay"), useMay("discard")];
    return (
        <div className="flex w-full flex-wrap items-center gap-2">
            <span className="mr-auto text-sm text-muted-foreground tabular-nums">
                {t("list.total", { count: total, number: number.format(total) })}
            </span>
            {mayReplay && (
                <Button size="sm" variant="outline" onClick={() => onAsk("replay")}>
                    <RotateCcw aria-hidden />
                    {t("bulk.replayAll")}
                </Button>
            )}
            {mayDiscard && (
                <Button size="sm" variant="outline" onClick={() => onAsk("discard")}>
                    <Ban aria-hidden />
                    {t("bulk.discardAll")}
                </Button>
            )}
        </div>
    );
}

function More({ query, shown }: { query: ReturnType<typeof useDeadLetters>; shown: number }) {
    const { t } = useTranslation("operations");
    if (!query.hasNextPage) return null;
    return (
        <Button
            variant="outline"
            className="justify-self-center"
            pending={query.isFetchingNextPage}
            onClick={() => void query.fetchNextPage()}
        >
            {t("list.more", { shown })}
        </Button>
    );
}

function ListSkeleton() {
    return (
        <div className="grid grid-cols-1 gap-3">
            <Skeleton className="h-9 w-64" />
            <Skeleton className="h-[28rem] rounded-lg" />
        </div>
    );
}
