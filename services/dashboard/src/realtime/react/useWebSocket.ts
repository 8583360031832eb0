import { useSyncExternalStore } from "react";
import type { ConnectionStatus, RealtimeClient } from "../contract";
import { useRealtime } from "./RealtimeContext";

export interface WebSocketView extends ConnectionStatus {
    isConnected: boolean;
    send: RealtimeClient["send"];
    /** Tries at once instead of waiting. */
    reconnect(): void;
}

/** How the live connection stands, and commands on it. Where sockets are blocked it polls: nothing here changes by that. */
export function useWebSocket(): WebSocketView {
    const client = useRealtime();
    const status = useSyncExternalStore(client.onStatus, client.status);
    return {
        ...status,
        isConnected: status.liveness === "live",
        send: client.send.bind(client),
        reconnect: client.reconnect.bind(client),
    };
}
