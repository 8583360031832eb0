import { useQuery } from "@tanstack/react-query";
import { useCallback, useMemo } from "react";
import { useWebSocket } from "@/realtime/react/useWebSocket";
import type { PresenceView } from "./contract";
import { useDesk } from "./DeskContext";
import { conversationKeys } from "./keys";
import { countsOf, NOBODY, presentUsers, withChange, type Presence } from "./presence";

/** Who of the clinic is there, and how the user is seen. */
export function usePresenceSystem(): PresenceView {
    const { client, me, queries, clock } = useDesk();
    const { isConnected } = useWebSocket();
    const known =
        useQuery<Presence>({
            queryKey: conversationKeys.presence,
            queryFn: () => NOBODY,
            enabled: false,
            staleTime: Infinity,
        }).data ?? NOBODY;
    const users = useMemo(() => presentUsers(known), [known]);
    const counts = useMemo(() => countsOf(users), [users]);
    const statusOf = useCallback((userId: string) => known.users[userId]?.status ?? "offline", [known]);
    const setStatus = useCallback(
        async (wish: "online" | "busy" | "offline") => {
            const { status } = await client.send("presence_update", { status: wish });
            // The event of it may already be here, and newer.
            queries.setQueryData<Presence>(conversationKeys.presence, (before) => {
                const mine = before?.users[me.id];
                const version = mine?.version ?? 0;
                if (mine?.status === status) return before;
                const at = new Date(clock.now()).toISOString();
                return withChange(before ?? NOBODY, {
                    user_id: me.id,
                    name: me.name,
                    status,
                    version: version + 1,
                    previous: mine?.status ?? "offline",
                    at,
                });
            });
        },
        [client, queries, me, clock],
    );
    return { users, counts, stale: known.stale || !isConnected, statusOf, mine: statusOf(me.id), setStatus };
}
