import { useQuery } from "@tanstack/react-query";
import { useEffect, useMemo, useSyncExternalStore } from "react";
import { answer, api } from "@/api/client";
import { useClinic } from "@/session/useSession";
import { sampleOf, type Sample } from "./samples";
import { seriesStore, type SeriesStore } from "./series-store";

const stores = new Map<string, SeriesStore>();

/** The queue as it is now, looked at each `everyMs` (0: only when asked), and as it was since this tab was opened. */
export function useQueueWatch(everyMs: number) {
    const store = useStore();
    const query = useQuery({
        queryKey: ["operations", "queue"],
        queryFn: ({ signal }) => lookAtQueue(signal),
        refetchInterval: everyMs > 0 && everyMs,
        refetchIntervalInBackground: false,
        staleTime: 500,
    });
    const { data } = query;
    useEffect(() => {
        if (data) store.add(data.sample);
    }, [data, store]);
    const series = useSyncExternalStore(store.subscribe, store.get);
    return { query, series };
}

async function lookAtQueue(signal: AbortSignal) {
    const [queue, figures] = await Promise.all([
        answer(api.GET("/api/queue", { signal })),
        answer(api.GET("/api/metrics", { signal })),
    ]);
    const sample: Sample = sampleOf(queue, figures, Date.now());
    return { queue, figures, sample };
}

function useStore(): SeriesStore {
    const { id } = useClinic();
    return useMemo(() => {
        const known = stores.get(id) ?? seriesStore(() => sessionStorage, `prosa.queue.${id}`);
        stores.set(id, known);
        return known;
    }, [id]);
}
