import { cleanup, renderHook } from "@testing-library/react";
import { afterEach, expect, test, vi } from "vitest";
import { message } from "../testing/made";
import { entriesOf } from "./entries";
import { useTimelineScroll } from "./useTimelineScroll";

const entries = entriesOf({
    messages: [message()],
    actions: [],
    hasMore: true,
    zone: "America/Sao_Paulo",
    unread: null,
});
const frame = () => new Promise((drawn) => requestAnimationFrame(drawn));

function scrolled(olderFailed: boolean) {
    const fetchOlder = vi.fn();
    const scroller = { current: null };
    const view = renderHook(
        (failed: boolean) =>
            useTimelineScroll({
                scroller,
                entries,
                hasOlder: true,
                isFetchingOlder: false,
                olderFailed: failed,
                // Another one with each render, as the page gives it.
                fetchOlder: () => fetchOlder(),
            }),
        { initialProps: olderFailed },
    );
    return { fetchOlder, ...view };
}

afterEach(cleanup);

test("older messages are fetched once the timeline has its position and its beginning is near", async () => {
    const { fetchOlder } = scrolled(false);
    await vi.waitFor(() => expect(fetchOlder).toHaveBeenCalled());
});

test("what failed is not asked for again by itself, and is again once it is no longer so", async () => {
    const { fetchOlder, rerender } = scrolled(true);
    for (let frames = 0; frames < 5; frames += 1) await frame();
    rerender(true);
    expect(fetchOlder).not.toHaveBeenCalled();
    rerender(false);
    await vi.waitFor(() => expect(fetchOlder).toHaveBeenCalled());
});
