import { useQuery } from "@tanstack/react-query";
import { useEffect, useMemo, useSyncExternalStore } from "react";
import { answer, api } from "@/api/client";
import { useQueueMetrics } from "@/conversations/data/useQueueMetrics";
import { useClinic } from "@/session/useSession";
import { sampleOf } from "./samples";
import { seriesStore, type SeriesStore } from "./series-store";

const stores = new Map<string, SeriesStore>();

/** The queue as it is now, looked at each `everyMs` (0: only when asked), and as it was since this tab was opened. */
export function useQueueWatch(everyMs: number) {
    const store = useStore();
    const metrics = useQueueMetrics(everyMs > 0 ? everyMs : null);
    const machinery = useMachinery(everyMs);
    const { figures: queue, updatedAt } = metrics;
    const { data: figures = null, errorUpdateCount } = machinery;
    // Only the first try is waited for: without data each further one is pending again.
    const waits = figures === null && errorUpdateCount === 0;
    const sample = useMemo(
        () => (queue && updatedAt && !waits ? sampleOf(queue, figures, updatedAt) : null),
        [queue, updatedAt, figures, waits],
    );
    useEffect(() => {
        if (sample) store.add(sample);
    }, [sample, store]);
    const look = () => {
        metrics.refetch();
        void machinery.refetch();
    };
    return { metrics, machinery, sample, look, series: useSyncExternalStore(store.subscribe, store.get) };
}

/** How the process that answers is, its cache and its database; without it the queue is shown all the same. */
function useMachinery(everyMs: number) {
    return useQuery({
        queryKey: ["operations", "figures"],
        queryFn: ({ signal }) => answer(api.GET("/api/metrics", { signal })),
        refetchInterval: everyMs > 0 && everyMs,
        staleTime: 0,
    });
}

function useStore(): SeriesStore {
    const { id } = useClinic();
    return useMemo(() => {
        const known = stores.get(id) ?? seriesStore(() => sessionStorage, `prosa.queue.${id}`);
        stores.set(id, known);
        return known;
    }, [id]);
}
