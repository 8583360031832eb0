import { useQuery } from "@tanstack/react-query";
import { answer, api } from "@/api/client";
import { conversationKeys } from "./keys";
import type { QueueFigures } from "./types";
import { usePageHidden } from "./usePageHidden";

export interface QueueMetricsView {
    figures: QueueFigures | null;
    error: Error | null;
    isPending: boolean;
    isFetching: boolean;
    /** Nobody sees the page, or the interval is off: nothing is asked. */
    paused: boolean;
    /** When the figures are of, in milliseconds of the epoch. */
    updatedAt: number | null;
    refetch(): void;
}

/** The queue's figures, asked for again and again while somebody can see them; `intervalMs` null asks once. */
export function useQueueMetrics(intervalMs: number | null = 5_000): QueueMetricsView {
    const paused = usePageHidden() || intervalMs === null;
    const query = useQuery({
        queryKey: conversationKeys.queue,
        queryFn: ({ signal }) => answer(api.GET("/api/queue", { signal })),
        refetchInterval: paused ? false : intervalMs,
        staleTime: 0,
    });
    return {
        figures: query.data ?? null,
        error: query.error,
        isPending: query.isPending,
        isFetching: query.isFetching,
        paused,
        updatedAt: query.dataUpdatedAt || null,
        refetch: () => void query.refetch(),
    };
}
