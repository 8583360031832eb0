import { QueryClient, QueryClientProvider, useInfiniteQuery } from "@tanstack/react-query";
import { cleanup, fireEvent, render, screen } from "@testing-library/react";
import { afterEach, expect, test, vi } from "vitest";
import { VirtualList } from "./VirtualList";

afterEach(cleanup);

const pageOf = vi.fn<(page: number) => Promise<string[]>>();

function Listed() {
    const query = useInfiniteQuery({
        queryKey: ["numbers"],
        queryFn: ({ pageParam }) => pageOf(pageParam),
        initialPageParam: 1,
        getNextPageParam: (_last, pages) => (pages.length < 2 ? pages.length + 1 : null),
        retry: false,
    });
    const items = query.data?.pages.flat() ?? [];
    return (
        <VirtualList
            label="numbers"
            items={items}
            keyOf={(item) => item}
            rowHeight={20}
            total={items.length}
            activeKey={null}
            renderRow={(item) => item}
            pages={query}
            end="the end"
            focusSelector="a"
        />
    );
}

test("a page that cannot be had is asked for once, and again when somebody wants it", async () => {
    pageOf.mockResolvedValueOnce(["one"]).mockRejectedValueOnce(new Error("away")).mockResolvedValueOnce(["two"]);
    render(
        <QueryClientProvider client={new QueryClient()}>
            <Listed />
        </QueryClientProvider>,
    );
    const failed = await screen.findByRole("alert");
    await settled();
    expect(pageOf.mock.calls).toEqual([[1], [2]]);
    fireEvent.click(failed.querySelector("button") as HTMLElement);
    await screen.findByText("the end");
    expect(pageOf.mock.calls).toEqual([[1], [2], [2]]);
});

/** Whatever is going to be rendered by itself has been. */
async function settled() {
    for (let turn = 0; turn < 20; turn++) await new Promise((resolve) => setTimeout(resolve));
}
