import { useDraggable } from "@dnd-kit/core";
import { GripVertical } from "lucide-react";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { Link } from "wouter";
import { useTimes } from "@/i18n/useTimes";
import { Avatar } from "@/ui/avatar";
import { cn } from "@/ui/cn";
import type { Conversation, Label } from "../entities";
import { LabelChip } from "../list/LabelChip";
import { PriorityMark } from "../list/PriorityMark";
import { RowPreview } from "../list/RowPreview";
import { UnreadPill } from "../list/UnreadPill";
import { waitingSince } from "../list/waiting";
import { WaitingTime } from "../list/WaitingTime";

export const CARD_HEIGHT = 104;

type CardProps = { entry: Conversation; columnId: string; now: Date; labels: Label[]; focusable: boolean };

/** A conversation on the board: pointers drag all of it, keys its grip; its name opens it. */
export function KanbanCard({ entry, columnId, now, labels, focusable }: CardProps) {
    const { t } = useTranslation("conversations");
    const { setNodeRef, setActivatorNodeRef, listeners, attributes, isDragging } = useDraggable({
        id: entry.id,
        data: { entry, columnId },
    });
    return (
        <div
            ref={setNodeRef}
            {...listeners}
            data-card={entry.id}
            className={cn("h-full px-2 pb-2", isDragging && "opacity-35")}
        >
            <CardFace entry={entry} now={now} labels={labels}>
                <Link
                    href={`/conversations/${entry.id}?tab=all`}
                    draggable={false}
                    tabIndex={focusable ? 0 : -1}
                    aria-label={t("kanban.card", { name: entry.contact_name })}
                    className="min-w-0 flex-1 truncate text-sm font-medium after:absolute after:inset-0 after:rounded-lg"
                >
                    {entry.contact_name}
                </Link>
                <button
                    ref={setActivatorNodeRef}
                    type="button"
                    {...attributes}
                    tabIndex={focusable ? 0 : -1}
                    aria-label={t("kanban.grip", { name: entry.contact_name })}
                    className="relative -mr-1 grid size-6 shrink-0 cursor-grab place-items-center rounded text-muted-foreground hover:bg-accent"
                >
                    <GripVertical aria-hidden className="size-4" />
                </button>
            </CardFace>
        </div>
    );
}

type FaceProps = { entry: Conversation; now: Date; labels: Label[]; children: ReactNode };

/** How a card looks, in a column and under the pointer. */
export function CardFace({ entry, now, labels, children }: FaceProps) {
    const times = useTimes();
    const since = waitingSince(entry);
    return (
        <div className="relative grid h-full grid-cols-[minmax(0,1fr)] content-between gap-1 rounded-lg border bg-card p-2.5 shadow-small hover:border-input">
            <div className="flex min-w-0 items-center gap-2">
                <Avatar name={entry.contact_name} className="size-6 text-xs" />
                {children}
            </div>
            <div className="flex min-w-0 items-center gap-2 text-[0.8125rem] text-muted-foreground">
                <span className="flex min-w-0 flex-1">
                    <RowPreview entry={entry} doing={null} draft="" />
                </span>
                <UnreadPill count={entry.unread_count} />
            </div>
            <div className="flex min-w-0 items-center gap-1.5 overflow-hidden">
                {since ? (
                    <WaitingTime since={since} now={now} />
                ) : (
                    <time dateTime={entry.timestamp} className="text-[0.6875rem] text-muted-foreground tabular-nums">
                        {times.list(entry.timestamp, now)}
                    </time>
                )}
                {entry.priority !== "normal" && <PriorityMark priority={entry.priority} />}
                {labels.slice(0, 2).map((label) => (
                    <LabelChip key={label.id} label={label} className="min-w-0" />
                ))}
            </div>
        </div>
    );
}
