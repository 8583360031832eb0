import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { cleanup, renderHook } from "@testing-library/react";
import type { ReactNode } from "react";
import { afterEach, expect, test, vi } from "vitest";
import { session } from "@/session/session";
import { useQueueWatch } from "./useQueueWatch";

const QUEUE = {
    rate_per_minute: 4,
    error_rate: 0,
    depth: { pending: 1, processing: 0, retrying: 0 },
    dlq: 0,
    oldest_age_seconds: 2,
    worked: 9,
    workers: 1,
    by_type: {},
};
const queries = new QueryClient({ defaultOptions: { queries: { retry: false } } });
const around = ({ children }: { children: ReactNode }) => (
    <QueryClientProvider client={queries}>{children}</QueryClientProvider>
);

afterEach(() => {
    cleanup();
    queries.clear();
    session.end("signed_out");
    vi.unstubAllGlobals();
});

/** Whoever may see the queue is signed in; the figures of the process fail each time they are let. */
function failingFigures(): { fail: (() => void)[] } {
    const fail: (() => void)[] = [];
    vi.stubGlobal("fetch", ({ url }: Request) => {
        if (!url.endsWith("/api/metrics")) return Promise.resolve(Response.json(QUEUE));
        const answer = Response.json({ title: "away" }, { status: 503 });
        return new Promise<Response>((resolve) => fail.push(() => resolve(answer)));
    });
    session.begin({
        token: `h.${btoa(JSON.stringify({ iat: 1000, exp: 90_000 }))}.s`,
        expires_at: "2026-11-20T16:08:48.000-03:00",
        user: { id: "1", name: "Olga", email: "oper@demo.test", role: "operator" },
        clinic: { id: "1", slug: "demo", name: "Demo", timezone: "America/Sao_Paulo" },
    });
    return { fail };
}

test("while the figures of the process fail the queue is shown, and stays there with each further look", async () => {
    const { fail } = failingFigures();
    const { result } = renderHook(() => useQueueWatch(10), { wrapper: around });
    await vi.waitFor(() => expect(result.current.metrics.figures).not.toBeNull());
    expect(result.current.sample).toBeNull();
    for (const look of [0, 1]) {
        await vi.waitFor(() => expect(fail.length).toBeGreaterThan(look));
        fail[look]?.();
        await vi.waitFor(() => expect(result.current.sample).not.toBeNull());
        // The next one is under way.
        await vi.waitFor(() => expect([fail.length, result.current.machinery.isFetching]).toEqual([look + 2, true]));
        expect(result.current.sample).not.toBeNull();
    }
});
