import { ArrowDown, MessageSquare } from "lucide-react";
import { type KeyboardEvent, useMemo, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { useClinic } from "@/session/useSession";
import { Button } from "@/ui/button";
import { EmptyState } from "@/ui/empty-state";
import { Spinner } from "@/ui/spinner";
import { useNow } from "../desk/useNow";
import type { Action, TimelineMessage } from "../entities";
import { focusAfter } from "../list/roving";
import { ActionLine } from "./ActionLine";
import { Announcer } from "./Announcer";
import { DayPill, UnreadMark } from "./DayPill";
import { entriesOf, type Entry } from "./entries";
import { MessageBubble } from "./MessageBubble";
import type { MessageHandlers } from "./MessageMenu";
import { firstUnread } from "./unread";
import { TOP_PX, useTimelineScroll } from "./useTimelineScroll";

export type TimelineProps = {
    name: string;
    messages: readonly TimelineMessage[];
    actions: readonly Action[];
    hasOlder: boolean;
    isFetchingOlder: boolean;
    olderFailed: boolean;
    fetchOlder: () => void;
    /** How many messages were unread when the conversation was opened. */
    unreadAtOpen: number;
    handlers: MessageHandlers;
    onEscape: () => void;
};

/** The conversation's history. Only what is in sight exists; older pages come when one scrolls there. */
export function Timeline(props: TimelineProps) {
    const { t } = useTranslation("conversations");
    const { timezone } = useClinic();
    const { messages, actions, hasOlder } = props;
    const scroller = useRef<HTMLDivElement>(null);
    // The mark stays where it was when the conversation was opened, also once all is read.
    const [unread] = useState(() => firstUnread(messages, props.unreadAtOpen));
    const entries = useMemo(
        () => entriesOf({ messages, actions, hasMore: hasOlder, zone: timezone, unread }),
        [messages, actions, hasOlder, timezone, unread],
    );
    const scroll = useTimelineScroll({ ...props, scroller, entries });
    return (
        <div className="relative flex min-h-0 flex-1 flex-col">
            <StickyDay scroll={scroll} entries={entries} />
            <div
                ref={scroller}
                role="region"
                aria-label={t("timeline.label", { name: props.name })}
                aria-busy={props.isFetchingOlder}
                className="min-h-0 flex-1 overflow-y-auto overscroll-contain"
            >
                <History {...props} scroll={scroll} entries={entries} />
            </div>
            <ToEnd scroll={scroll} />
            <Announcer name={props.name} messages={messages} />
        </div>
    );
}

type Scroll = ReturnType<typeof useTimelineScroll>;
type Shown = { scroll: Scroll; entries: readonly Entry[] };

function History({ scroll, entries, handlers, onEscape, ...older }: TimelineProps & Shown) {
    const { t } = useTranslation("conversations");
    const now = useNow();
    const [focusKey, setFocusKey] = useState<string | null>(null);
    const focused = entries.findIndex((entry) => entry.key === focusKey);
    const home = focused >= 0 ? focused : entries.findLastIndex((entry) => entry.kind === "message");
    const keys = (event: KeyboardEvent<HTMLElement>) => {
        if (event.key === "Escape" && isMessage(event.target)) return onEscape();
        if (!isMessage(event.target) || event.altKey || event.ctrlKey || event.metaKey) return;
        if (event.key === "Enter") return openMenu(event);
        const next = nextMessage(entries, event.key, home);
        if (next === null) return;
        event.preventDefault();
        setFocusKey(entries[next]?.key ?? null);
        scroll.virtual.scrollToIndex(next, { align: "auto" });
        focusSoon(event.currentTarget, entries[next]?.key ?? "");
    };
    if (entries.length === 0)
        return (
            <EmptyState
                icon={MessageSquare}
                title={t("timeline.empty")}
                text={t("timeline.emptyText")}
                className="h-full"
            />
        );
    return (
        // A short history lies above the box where one writes; a wide screen has no line across all of it.
        <div className="mx-auto flex min-h-full w-full max-w-5xl flex-col justify-end">
            <div className="relative" style={{ height: scroll.virtual.getTotalSize() }}>
                <Beginning {...older} />
                {/* Its messages take the focus; the list only moves it between them. */}
                {/* eslint-disable-next-line jsx-a11y/no-noninteractive-element-interactions */}
                <ol onKeyDown={keys}>
                    {scroll.items.map(({ index, key, start }) => {
                        const entry = entries[index];
                        if (!entry) return null;
                        return (
                            <li
                                key={key}
                                ref={scroll.virtual.measureElement}
                                data-index={index}
                                data-entry={entry.key}
                                onFocus={() => setFocusKey(entry.key)}
                                className="absolute inset-x-0 top-0"
                                style={{ transform: `translateY(${start}px)` }}
                            >
                                {entry.newDay && <DayPill at={entry.at} now={now} className="pt-3 pb-1" />}
                                {entry.unread !== null && <UnreadMark count={entry.unread} />}
                                {entry.kind === "action" ? (
                                    <ActionLine action={entry.action} />
                                ) : (
                                    <MessageBubble
                                        entry={entry}
                                        now={now}
                                        focusable={index === home}
                                        handlers={handlers}
                                    />
                                )}
                            </li>
                        );
                    })}
                </ol>
            </div>
        </div>
    );
}

type Older = Pick<TimelineProps, "hasOlder" | "isFetchingOlder" | "olderFailed" | "fetchOlder">;

// In the room above the messages: that older ones come, that they could not be had, or that there are none.
function Beginning({ hasOlder, isFetchingOlder, olderFailed, fetchOlder }: Older) {
    const { t } = useTranslation("conversations");
    const ui = useTranslation("ui");
    return (
        <div className="grid place-items-center text-xs text-muted-foreground" style={{ height: TOP_PX }}>
            {isFetchingOlder ? (
                <span className="flex items-center gap-2">
                    <Spinner /> {t("timeline.older")}
                </span>
            ) : olderFailed ? (
                <span role="alert" className="flex items-center gap-2">
                    {t("timeline.olderFailed")}
                    <Button variant="outline" size="sm" onClick={fetchOlder}>
                        {ui.t("error.retry")}
                    </Button>
                </span>
            ) : (
                !hasOlder && t("timeline.start")
            )}
        </div>
    );
}

function isMessage(target: EventTarget): boolean {
    return target instanceof HTMLElement && target.dataset.message !== undefined;
}

function openMenu(event: KeyboardEvent): void {
    event.preventDefault();
    const menu = (event.target as HTMLElement).querySelector<HTMLElement>("[data-message-menu]");
    // Radix opens a menu by its keys, not by a click that no pointer made.
    menu?.focus();
    menu?.dispatchEvent(new window.KeyboardEvent("keydown", { key: "Enter", bubbles: true }));
}

function nextMessage(entries: readonly Entry[], key: string, home: number): number | null {
    const step = key === "ArrowUp" || key === "PageUp" || key === "End" ? -1 : 1;
    let next = focusAfter(key, home, entries.length);
    while (next !== null && entries[next]?.kind === "action") {
        next += step;
        if (next < 0 || next >= entries.length) return null;
    }
    return next;
}

function focusSoon(list: HTMLElement, key: string, tries = 10): void {
    const message = list.querySelector<HTMLElement>(`[data-entry="${CSS.escape(key)}"] article`);
    if (message) return message.focus({ preventScroll: true });
    if (tries > 0) requestAnimationFrame(() => focusSoon(list, key, tries - 1));
}

// The day of what is on top, unless its own pill is to be seen there.
function StickyDay({ scroll, entries }: Shown) {
    const now = useNow();
    const offset = scroll.virtual.scrollOffset ?? 0;
    const top = scroll.items.find((item) => item.end > offset + 8);
    const entry = top && entries[top.index];
    if (!entry || (entry.newDay && top.start >= offset - 4)) return null;
    return (
        <div aria-hidden className="pointer-events-none absolute inset-x-0 top-2 z-10">
            <DayPill at={entry.at} now={now} />
        </div>
    );
}

function ToEnd({ scroll }: { scroll: Scroll }) {
    const { t } = useTranslation("conversations");
    if (scroll.atEnd) return null;
    return (
        <Button
            variant="outline"
            size="sm"
            className="absolute right-4 bottom-3 z-10 rounded-full bg-popover shadow-raised"
            aria-label={scroll.newBelow > 0 ? t("timeline.toEndNew", { count: scroll.newBelow }) : t("timeline.toEnd")}
            onClick={scroll.toEnd}
        >
            {scroll.newBelow > 0 ? (
                <span className="rounded-full bg-primary px-1.5 text-xs font-semibold text-primary-foreground">
                    {scroll.newBelow}
                </span>
            ) : (
                t("timeline.toEnd")
            )}
            <ArrowDown aria-hidden />
        </Button>
    );
}
