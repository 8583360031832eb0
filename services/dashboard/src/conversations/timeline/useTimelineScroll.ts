import { useVirtualizer } from "@tanstack/react-virtual";
import { type RefObject, useCallback, useEffect, useLayoutEffect, useRef, useState } from "react";
import type { Entry } from "./entries";

const AT_END_PX = 80;
const OLDER_WITHIN = 6;
const ESTIMATED_PX = 64;
/** Room on top for what says that older messages come, or that there are none. */
export const TOP_PX = 56;

type Scrolled = {
    scroller: RefObject<HTMLDivElement | null>;
    entries: readonly Entry[];
    hasOlder: boolean;
    isFetchingOlder: boolean;
    olderFailed: boolean;
    fetchOlder: () => void;
};

/** The timeline's position: it begins at its end or where reading goes on, holds still while older pages come, and follows new messages only from the end. */
export function useTimelineScroll({ scroller, entries, fetchOlder, ...older }: Scrolled) {
    // What it gives is read anew in each render, and no compiler memoizes it here.
    // eslint-disable-next-line react-hooks/incompatible-library
    const virtual = useVirtualizer({
        count: entries.length,
        getScrollElement: () => scroller.current,
        estimateSize: () => ESTIMATED_PX,
        getItemKey: (index) => entries[index]?.key ?? index,
        overscan: 8,
        paddingStart: TOP_PX,
        paddingEnd: 8,
        anchorTo: "end",
        followOnAppend: true,
        scrollEndThreshold: AT_END_PX,
    });
    // What was the oldest gets its day above it when older ones come. What is below that, or below anything that is partly
    // out of sight above, stays where it is.
    const former = useFormerFirst(entries[0]?.key ?? null);
    virtual.shouldAdjustScrollPositionOnItemSizeChange = ({ key, start }) =>
        key === former || start < (virtual.scrollOffset ?? 0);
    const placed = useFirstPosition(virtual, entries);
    const items = virtual.getVirtualItems();
    const first = items[0]?.index ?? 0;
    // What failed is not asked for again by itself: that would never end while the network is gone.
    const wanted = older.hasOlder && !older.isFetchingOlder && !older.olderFailed;
    useEffect(() => {
        if (placed && wanted && first < OLDER_WITHIN) fetchOlder();
    }, [placed, wanted, first, fetchOlder]);
    const [seenKey, setSeenKey] = useState<string | null>(null);
    const lastKey = entries.at(-1)?.key ?? null;
    const atEnd = virtual.isAtEnd(AT_END_PX);
    // What arrives while the end is in sight is seen; the rest counts as new below.
    if (atEnd && seenKey !== lastKey) setSeenKey(lastKey);
    const toEnd = useCallback(() => virtual.scrollToEnd({ behavior: "auto" }), [virtual]);
    return { virtual, items, atEnd, newBelow: countNew(entries, seenKey), toEnd };
}

/** What came first before what comes first now. */
function useFormerFirst(first: string | null): string | null {
    const [known, setKnown] = useState({ first, former: null as string | null });
    if (known.first === first) return known.former;
    setKnown({ first, former: known.first });
    return known.first;
}

function countNew(entries: readonly Entry[], seenKey: string | null): number {
    const seen = entries.findIndex((entry) => entry.key === seenKey);
    return seen < 0 ? 0 : entries.slice(seen + 1).filter((entry) => entry.kind === "message").length;
}

type Virtual = ReturnType<typeof useVirtualizer<HTMLDivElement, Element>>;

/** Whether the timeline has its position: what is on top before it has is not what anybody looks at. */
function useFirstPosition(virtual: Virtual, entries: readonly Entry[]): boolean {
    const placing = useRef(false);
    const [placed, setPlaced] = useState(false);
    useLayoutEffect(() => {
        if (placing.current || entries.length === 0) return;
        placing.current = true;
        // It is drawn where it was put with the next frame, and told of it by then.
        requestAnimationFrame(() => requestAnimationFrame(() => setPlaced(true)));
        const unread = entries.findIndex((entry) => entry.unread !== null);
        if (unread >= 0) virtual.scrollToIndex(unread, { align: "start" });
        else virtual.scrollToEnd();
    }, [virtual, entries]);
    return placed;
}
