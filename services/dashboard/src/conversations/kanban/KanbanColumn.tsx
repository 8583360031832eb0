import { useDroppable } from "@dnd-kit/core";
import { Archive, CircleDot, Inbox, type LucideIcon } from "lucide-react";
import { useTranslation } from "react-i18next";
import { Avatar } from "@/ui/avatar";
import { cn } from "@/ui/cn";
import { ErrorState } from "@/ui/error-state";
import { Skeleton } from "@/ui/skeleton";
import { durationSince } from "../clock/durations";
import { useConversations } from "../data/useConversations";
import { useLabels } from "../desk/useLabels";
import { type Conversation, PRIORITIES } from "../entities";
import { PriorityMark } from "../list/PriorityMark";
import { VirtualList } from "../list/VirtualList";
import { oldestWait } from "../list/waiting";
import type { Column, Title } from "./board";
import { CARD_HEIGHT, KanbanCard } from "./KanbanCard";

type KanbanColumnProps = { column: Column; title: string; now: Date; userId: string };

/** A column: how many conversations it has, how long the first of them waits, and those in sight as cards. */
export function KanbanColumn({ column, title, now, userId }: KanbanColumnProps) {
    const { t } = useTranslation("conversations");
    const list = useConversations(column.query);
    const { setNodeRef, isOver } = useDroppable({ id: column.id, data: { column } });
    const oldest = oldestWait(list.conversations);
    return (
        <section
            ref={setNodeRef}
            aria-label={title}
            data-column={column.id}
            className={cn(
                "flex h-full max-w-md min-w-72 flex-1 flex-col rounded-xl bg-muted transition-shadow max-md:min-w-[85vw]",
                isOver && "ring-2 ring-ring",
            )}
        >
            <header className="grid gap-0.5 px-3 pt-3 pb-2">
                <h2 className="flex items-center gap-2 text-sm font-semibold">
                    <TitleMark title={column.title} userId={userId} />
                    <span className="min-w-0 truncate">{title}</span>
                    <span
                        data-count
                        className="rounded-full bg-accent px-1.5 text-xs font-medium text-muted-foreground tabular-nums"
                    >
                        {list.isPending ? "–" : list.total}
                    </span>
                </h2>
                <p className="text-xs text-muted-foreground tabular-nums">
                    {oldest ? t("kanban.oldest", { wait: waitText(t, oldest, now) }) : t("kanban.nobodyWaits")}
                </p>
            </header>
            <Cards column={column} title={title} list={list} now={now} />
        </section>
    );
}

function waitText(t: ReturnType<typeof useTranslation>["t"], since: string, now: Date): string {
    const { unit, count } = durationSince(since, now);
    return t(`waitShort.${unit}`, { count });
}

function TitleMark({ title, userId }: { title: Title; userId: string }) {
    if (title.kind !== "name") return <TitleIcon textKey={title.key} />;
    return (
        <Avatar
            name={title.name}
            className={cn("size-6 text-xs", title.userId === userId && "rounded-full ring-2 ring-primary")}
        />
    );
}

const TITLE_ICONS: Readonly<Record<string, LucideIcon>> = {
    "tab.unassigned": Inbox,
    "status.active": CircleDot,
    "status.archived": Archive,
};

function TitleIcon({ textKey }: { textKey: string }) {
    const priority = PRIORITIES.find((each) => textKey === `priority.${each}`);
    const Icon = TITLE_ICONS[textKey];
    return (
        <span
            aria-hidden
            className="grid size-6 shrink-0 place-items-center rounded-full bg-accent text-muted-foreground"
        >
            {priority ? <PriorityMark priority={priority} /> : Icon && <Icon className="size-3.5" />}
        </span>
    );
}

type CardsProps = { column: Column; title: string; list: ReturnType<typeof useConversations>; now: Date };

function Cards({ column, title, list, now }: CardsProps) {
    const { t } = useTranslation("conversations");
    const { known } = useLabels();
    if (list.isPending)
        return (
            <div className="grid gap-2 px-2">
                <Skeleton className="h-24" />
                <Skeleton className="h-24" />
            </div>
        );
    if (list.error && list.conversations.length === 0)
        return <ErrorState error={list.error} onRetry={list.refetch} className="py-6" />;
    if (list.conversations.length === 0)
        return <p className="px-3 py-6 text-center text-sm text-muted-foreground">{t("kanban.empty")}</p>;
    return (
        <VirtualList
            label={title}
            items={list.conversations}
            keyOf={idOf}
            rowHeight={CARD_HEIGHT}
            total={list.total}
            activeKey={null}
            pages={list}
            focusSelector="a"
            renderRow={(entry, focusable) => (
                <KanbanCard
                    entry={entry}
                    columnId={column.id}
                    now={now}
                    labels={known(entry.label_ids)}
                    focusable={focusable}
                />
            )}
        />
    );
}

const idOf = (entry: Conversation) => entry.id;
