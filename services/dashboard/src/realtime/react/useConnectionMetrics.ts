import { useSyncExternalStore } from "react";
import type { ConnectionMetrics } from "../contract";
import { useRealtime } from "./RealtimeContext";

/** How good the live connection is: latency, reconnects, errors, events. */
export function useConnectionMetrics(): ConnectionMetrics {
    const client = useRealtime();
    return useSyncExternalStore(client.onMetrics, client.metrics);
}
