import { useQuery } from "@tanstack/react-query";
import { useEffect, useState } from "react";
import { answer, api } from "@/api/client";
import { conversationKeys } from "./keys";
import type { QueueFigures } from "./types";

export interface QueueMetricsView {
    figures: QueueFigures | null;
    error: Error | null;
    isPending: boolean;
    /** Nobody looks, or the interval is off: nothing is asked. */
    paused: boolean;
    /** When the figures are of, in milliseconds of the epoch. */
    updatedAt: number | null;
    refetch(): void;
}

/** The queue's figures, asked for again and again while somebody looks; `intervalMs` null asks once. */
export function useQueueMetrics(intervalMs: number | null = 5_000): QueueMetricsView {
    const looked = useLookedAt();
    const query = useQuery({
        queryKey: conversationKeys.queue,
        queryFn: ({ signal }) => answer(api.GET("/api/queue", { signal })),
        refetchInterval: looked && intervalMs !== null ? intervalMs : false,
        staleTime: 0,
    });
    return {
        figures: query.data ?? null,
        error: query.error,
        isPending: query.isPending,
        paused: !looked || intervalMs === null,
        updatedAt: query.dataUpdatedAt || null,
        refetch: () => void query.refetch(),
    };
}

function useLookedAt(): boolean {
    const [looked, setLooked] = useState(() => document.hasFocus());
    useEffect(() => {
        const look = () => setLooked(document.visibilityState === "visible" && document.hasFocus());
        const names = ["focus", "blur"] as const;
        names.forEach((name) => window.addEventListener(name, look));
        document.addEventListener("visibilitychange", look);
        return () => {
            names.forEach((name) => window.removeEventListener(name, look));
            document.removeEventListener("visibilitychange", look);
        };
    }, []);
    return looked;
}
