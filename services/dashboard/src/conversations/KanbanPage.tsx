import {
    closestCenter,
    type CollisionDetection,
    DndContext,
    type DragEndEvent,
    DragOverlay,
    type DragStartEvent,
    pointerWithin,
} from "@dnd-kit/core";
import { useMemo, useState } from "react";
import { useTranslation } from "react-i18next";
import { Link, useSearch } from "wouter";
import { useUser } from "@/session/useSession";
import { cn } from "@/ui/cn";
import { useColleagues } from "./desk/useColleagues";
import { useLabels } from "./desk/useLabels";
import { useMove } from "./desk/useMove";
import { useNow } from "./desk/useNow";
import type { Conversation } from "./entities";
import { BOARDS, type BoardKind, type Column, columnsOf, parseBoard } from "./kanban/board";
import { CardFace } from "./kanban/KanbanCard";
import { KanbanColumn } from "./kanban/KanbanColumn";
import { useAnnouncements } from "./kanban/useAnnouncements";
import { useBoardSensors } from "./kanban/useBoardSensors";

// A pointer says itself where it is; carried by keys, the card is where its column is.
const collisions: CollisionDetection = (args) => {
    const within = pointerWithin(args);
    return within.length > 0 ? within : closestCenter(args);
};

/** Conversations in columns, by whose they are, how they stand or how urgent they are; a card is moved to change it. */
export default function KanbanPage() {
    const { t } = useTranslation("conversations");
    const kind = parseBoard(useSearch());
    return (
        <div className="flex h-full min-h-0 flex-col">
            <header className="flex min-h-14 shrink-0 flex-wrap items-center gap-x-3 gap-y-1.5 border-b bg-card px-4 py-2">
                <h1 className="text-[0.9375rem] font-semibold">{t("kanban.title")}</h1>
                <BoardSwitch kind={kind} />
            </header>
            <Board kind={kind} key={kind} />
        </div>
    );
}

function BoardSwitch({ kind }: { kind: BoardKind }) {
    const { t } = useTranslation("conversations");
    return (
        <nav aria-label={t("kanban.by")} className="flex gap-1 rounded-lg bg-muted p-0.5">
            {BOARDS.map((each) => (
                <Link
                    key={each}
                    href={each === "assignee" ? "/kanban" : `/kanban?by=${each}`}
                    aria-current={each === kind ? "true" : undefined}
                    className={cn(
                        "rounded-md px-2.5 py-1 text-[0.8125rem] font-medium",
                        each === kind
                            ? "bg-card shadow-small dark:bg-accent"
                            : "text-muted-foreground hover:text-foreground",
                    )}
                >
                    {t(`kanban.${each}`)}
                </Link>
            ))}
        </nav>
    );
}

function Board({ kind }: { kind: BoardKind }) {
    const { t } = useTranslation("conversations");
    const { id: userId } = useUser();
    const { colleagues } = useColleagues();
    const now = useNow();
    const move = useMove();
    const [lifted, setLifted] = useState<Conversation | null>(null);
    const columns = useMemo(() => columnsOf(kind, colleagues, userId), [kind, colleagues, userId]);
    const columnIds = useMemo(() => columns.map(({ id }) => id), [columns]);
    const titleOf = (columnId: string) =>
        titleText(
            columns.find(({ id }) => id === columnId),
            t,
        );
    const announcements = useAnnouncements(titleOf);
    const sensors = useBoardSensors(columnIds);

    const drop = ({ active, over }: DragEndEvent) => {
        setLifted(null);
        const column = columns.find(({ id }) => id === over?.id);
        const entry = active.data.current?.entry as Conversation | undefined;
        if (column && entry && active.data.current?.columnId !== column.id) move(entry, column.move);
    };
    return (
        <DndContext
            sensors={sensors}
            collisionDetection={collisions}
            accessibility={{ announcements, screenReaderInstructions: { draggable: t("kanban.instructions") } }}
            onDragStart={({ active }: DragStartEvent) =>
                setLifted((active.data.current?.entry as Conversation) ?? null)
            }
            onDragCancel={() => setLifted(null)}
            onDragEnd={drop}
        >
            <div
                // What scrolls must be reachable without a mouse, also while no card is there (WCAG 2.1.1).
                // eslint-disable-next-line jsx-a11y/no-noninteractive-tabindex
                tabIndex={0}
                role="region"
                aria-label={t("kanban.title")}
                className="flex min-h-0 flex-1 gap-3 overflow-x-auto p-3 focus-visible:-outline-offset-2 max-md:snap-x"
            >
                {columns.map((column) => (
                    <KanbanColumn
                        key={column.id}
                        column={column}
                        title={titleOf(column.id)}
                        now={now}
                        userId={userId}
                    />
                ))}
            </div>
            <DragOverlay dropAnimation={null}>{lifted && <Carried entry={lifted} now={now} />}</DragOverlay>
        </DndContext>
    );
}

function titleText(column: Column | undefined, t: (key: string) => string): string {
    if (!column) return "";
    return column.title.kind === "name" ? column.title.name : t(column.title.key);
}

function Carried({ entry, now }: { entry: Conversation; now: Date }) {
    const { known } = useLabels();
    return (
        <div className="h-24 w-68 rotate-2 cursor-grabbing rounded-lg shadow-raised">
            <CardFace entry={entry} now={now} labels={known(entry.label_ids)}>
                <span className="min-w-0 flex-1 truncate text-sm font-medium">{entry.contact_name}</span>
            </CardFace>
        </div>
    );
}
