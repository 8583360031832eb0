import { defaultRangeExtractor, type Range, useVirtualizer } from "@tanstack/react-virtual";
import { type KeyboardEvent, type ReactNode, useEffect, useEffectEvent, useRef, useState } from "react";
import { flushSync } from "react-dom";
import { useTranslation } from "react-i18next";
import { Button } from "@/ui/button";
import { Spinner } from "@/ui/spinner";
import { focusAfter } from "./roving";

/** What an infinite query tells of its next page. */
export interface Pages {
    hasNextPage: boolean;
    isFetchingNextPage: boolean;
    isFetchNextPageError: boolean;
    fetchNextPage: () => unknown;
}

const SENTINEL_PX = 100;
const OVERSCAN = 6;

type VirtualListProps<T> = {
    label: string;
    items: readonly T[];
    keyOf: (item: T) => string;
    /** All rows are equally high: measuring each would cost more than it tells. */
    rowHeight: number;
    total: number;
    activeKey: string | null;
    renderRow: (item: T, focusable: boolean) => ReactNode;
    /** What fetches more of it as its end comes near. */
    pages: Pages;
    /** What stands below the last of all. */
    end?: ReactNode;
    /** What finds a row's own control, to move the focus to it. */
    focusSelector: string;
};

/**
 * A long list of equally high rows of which only those in sight exist, and the one that is in the order of Tab: it holds the
 * focus also where the list was scrolled away from it. Arrows go on.
 */
export function VirtualList<T>(props: VirtualListProps<T>) {
    const { label, items, keyOf, rowHeight, total, renderRow, pages, end } = props;
    const scroller = useRef<HTMLDivElement>(null);
    const [focusKey, setFocusKey] = useState<string | null>(null);
    const home = Math.max(0, focusHome(items.map(keyOf), focusKey, props.activeKey));
    // What it gives is read anew in each render, and no compiler memoizes it here.
    // eslint-disable-next-line react-hooks/incompatible-library
    const virtual = useVirtualizer({
        count: items.length,
        getScrollElement: () => scroller.current,
        estimateSize: () => rowHeight,
        getItemKey: (index) => keyOf(items[index] as T),
        overscan: OVERSCAN,
        rangeExtractor: (range) => withHome(home, range),
    });
    useNextPage(scroller, pages, items.length);

    const move = (event: KeyboardEvent) => {
        const next = focusAfter(event.key, home, items.length);
        const item = next === null ? undefined : items[next];
        if (next === null || item === undefined || event.altKey || event.ctrlKey || event.metaKey) return;
        event.preventDefault();
        flushSync(() => setFocusKey(keyOf(item))); // it may be far away, and exists from now on
        focusRow(scroller.current, keyOf(item), props.focusSelector);
        virtual.scrollToIndex(next);
    };

    return (
        // The rows are links, which take the keys; the list only moves the focus between them.
        // eslint-disable-next-line jsx-a11y/no-static-element-interactions
        <div ref={scroller} onKeyDown={move} className="min-h-0 flex-1 overflow-y-auto overscroll-contain">
            <ul aria-label={label} className="relative" style={{ height: virtual.getTotalSize() }}>
                {virtual.getVirtualItems().map(({ index, key, start }) => {
                    const item = items[index] as T;
                    return (
                        <li
                            key={key}
                            data-row={key}
                            aria-posinset={index + 1}
                            aria-setsize={Math.max(total, items.length)}
                            onFocus={() => setFocusKey(keyOf(item))}
                            className="absolute inset-x-0 top-0"
                            style={{ height: rowHeight, transform: `translateY(${start}px)` }}
                        >
                            {renderRow(item, index === home)}
                        </li>
                    );
                })}
            </ul>
            <div className="grid min-h-10 place-items-center text-xs text-muted-foreground">
                {pages.hasNextPage ? <NextPage pages={pages} /> : end}
            </div>
        </div>
    );
}

function focusHome(keys: readonly string[], focusKey: string | null, activeKey: string | null): number {
    const focused = focusKey === null ? -1 : keys.indexOf(focusKey);
    if (focused >= 0 || activeKey === null) return focused;
    return keys.indexOf(activeKey);
}

function withHome(home: number, range: Range): number[] {
    return [...new Set([home, ...defaultRangeExtractor(range)])].sort((one, other) => one - other);
}

function focusRow(scroller: HTMLElement | null, key: string, selector: string): void {
    const row = scroller?.querySelector<HTMLElement>(`[data-row="${CSS.escape(key)}"] ${selector}`);
    row?.focus({ preventScroll: true });
}

function NextPage({ pages }: { pages: Pages }) {
    const { t } = useTranslation("ui");
    if (!pages.isFetchNextPageError || pages.isFetchingNextPage) return <Spinner />;
    return (
        <div role="alert" className="flex flex-wrap items-center justify-center gap-x-2 px-3 py-1">
            {t("error.title")}
            <Button size="sm" variant="outline" onClick={() => void pages.fetchNextPage()}>
                {t("error.retry")}
            </Button>
        </div>
    );
}

/** Asks for more before the end is in sight. What failed is asked for again by people, not by itself for ever. */
function useNextPage(scroller: { current: HTMLElement | null }, pages: Pages, loaded: number): void {
    const { hasNextPage, isFetchingNextPage, isFetchNextPageError } = pages;
    const fetchNextPage = useEffectEvent(() => void pages.fetchNextPage());
    const isWatching = hasNextPage && !isFetchingNextPage && !isFetchNextPageError;
    useEffect(() => {
        const element = scroller.current;
        if (!element || !isWatching) return;
        const check = () => {
            const left = element.scrollHeight - element.scrollTop - element.clientHeight;
            if (left < SENTINEL_PX + element.clientHeight) fetchNextPage();
        };
        check();
        element.addEventListener("scroll", check, { passive: true });
        return () => element.removeEventListener("scroll", check);
    }, [scroller, isWatching, loaded]);
}
