import { memo, type MouseEvent } from "react";
import { useTranslation } from "react-i18next";
import { Link } from "wouter";
import { useTimes } from "@/i18n/useTimes";
import { Avatar } from "@/ui/avatar";
import { Checkbox } from "@/ui/checkbox";
import { cn } from "@/ui/cn";
import type { Conversation, Label } from "../entities";
import { LabelChip } from "./LabelChip";
import { PriorityMark } from "./PriorityMark";
import { type Doing, RowPreview } from "./RowPreview";
import { UnreadPill } from "./UnreadPill";
import { waitingSince } from "./waiting";
import { WaitingTime } from "./WaitingTime";

const SHOWN_LABELS = 2;

export type RowProps = {
    entry: Conversation;
    href: string;
    active: boolean;
    /** Whether Tab comes here: one row of the list at a time. */
    focusable: boolean;
    now: Date;
    labels: Label[];
    assignee: string | null;
    doing: Doing;
    draft: string;
    selected: boolean;
    selecting: boolean;
    onSelect: (id: string, range: boolean) => void;
};

/** A conversation in the list: whether somebody waits and how long first, then who, then what they said. */
export const ConversationRow = memo(function ConversationRow(props: RowProps) {
    const { entry, active, selected, href, focusable } = props;
    return (
        <div
            className={cn(
                "group relative flex h-full items-stretch border-b border-border/60 transition-colors",
                active ? "bg-primary-soft" : selected ? "bg-accent" : "hover:bg-muted",
            )}
        >
            {active && <span aria-hidden className="absolute inset-y-0 left-0 w-0.5 bg-primary" />}
            <RowPicture {...props} />
            <Link
                href={href}
                data-conversation={entry.id}
                tabIndex={focusable ? 0 : -1}
                aria-current={active ? "page" : undefined}
                className="grid min-w-0 flex-1 grid-cols-[minmax(0,1fr)] content-center gap-0.5 py-2 pr-3 focus-visible:-outline-offset-2"
            >
                <NameLine {...props} />
                <PreviewLine {...props} />
                <ChipLine {...props} />
            </Link>
        </div>
    );
});

// The picture makes room for a box on hover, on focus, and for as long as anything is selected.
function RowPicture({ entry, selected, selecting, onSelect }: RowProps) {
    const { t } = useTranslation("conversations");
    const select = (event: MouseEvent) => onSelect(entry.id, event.shiftKey);
    return (
        <div className="grid w-15 shrink-0 place-items-center">
            <Avatar
                name={entry.contact_name}
                className={cn("col-start-1 row-start-1 size-9", selecting ? "invisible" : "group-hover:invisible")}
            />
            <Checkbox
                checked={selected}
                onClick={select}
                tabIndex={selecting ? 0 : -1}
                aria-label={t("list.select", { name: entry.contact_name })}
                className={cn(
                    "col-start-1 row-start-1",
                    selecting ? "opacity-100" : "opacity-0 group-hover:opacity-100 focus-visible:opacity-100",
                )}
            />
        </div>
    );
}

function NameLine({ entry, now }: RowProps) {
    const times = useTimes();
    const unread = entry.unread_count > 0;
    return (
        <span className="flex items-baseline gap-2">
            <span className={cn("min-w-0 flex-1 truncate text-sm", unread ? "font-semibold" : "font-medium")}>
                {entry.contact_name}
            </span>
            <time
                dateTime={entry.timestamp}
                title={times.full(entry.timestamp)}
                className={cn(
                    "shrink-0 text-xs tabular-nums",
                    unread ? "font-medium text-primary-text" : "text-muted-foreground",
                )}
            >
                {times.list(entry.timestamp, now)}
            </time>
        </span>
    );
}

function PreviewLine({ entry, doing, draft }: RowProps) {
    return (
        <span className="flex min-w-0 items-center gap-2">
            <span
                className={cn(
                    "flex min-w-0 flex-1 text-[0.8125rem]",
                    entry.unread_count > 0 ? "text-foreground" : "text-muted-foreground",
                )}
            >
                <RowPreview entry={entry} doing={doing} draft={draft} />
            </span>
            <UnreadPill count={entry.unread_count} />
        </span>
    );
}

function ChipLine({ entry, now, labels, assignee }: RowProps) {
    const { t } = useTranslation("conversations");
    const since = waitingSince(entry);
    const hidden = labels.length - SHOWN_LABELS;
    // Where there is nothing to say, name and words stand in the row's middle.
    if (!since && entry.priority === "normal" && labels.length === 0 && !assignee) return null;
    return (
        <span className="flex h-4.5 min-w-0 items-center gap-1.5 overflow-hidden">
            {since && <WaitingTime since={since} now={now} />}
            {entry.priority !== "normal" && <PriorityMark priority={entry.priority} />}
            {labels.slice(0, SHOWN_LABELS).map((label) => (
                <LabelChip key={label.id} label={label} className="min-w-0" />
            ))}
            {hidden > 0 && (
                <span className="shrink-0 text-[0.6875rem] text-muted-foreground">
                    <span aria-hidden>+{hidden}</span>
                    <span className="sr-only">{t("list.moreLabels", { count: hidden })}</span>
                </span>
            )}
            {assignee && (
                <span className="ml-auto min-w-0 shrink-0 truncate text-[0.6875rem] text-muted-foreground">
                    {assignee}
                </span>
            )}
        </span>
    );
}
