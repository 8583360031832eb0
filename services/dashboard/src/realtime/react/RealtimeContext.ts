import { createContext, useContext } from "react";
import type { RealtimeClient } from "../contract";

export const RealtimeContext = createContext<RealtimeClient | null>(null);

/** The page's realtime client. */
export function useRealtime(): RealtimeClient {
    const client = useContext(RealtimeContext);
    if (!client) throw new Error("there is no RealtimeContext around this component");
    return client;
}
