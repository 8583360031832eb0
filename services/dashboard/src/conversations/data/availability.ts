import { watchActivity } from "./activity";
import type { Desk } from "./desk";
import { conversationKeys } from "./keys";
import type { Presence } from "./presence";

/** Has colleagues see that nobody uses this tab. What the user chose (busy, offline) is theirs to change. */
export function keepAvailability({ client, clock, queries, me }: Omit<Desk, "open">): () => void {
    let active = true;
    const mine = () => queries.getQueryData<Presence>(conversationKeys.presence)?.users[me.id]?.status;
    const tell = (status: "away" | "online") => void client.send("presence_update", { status }).catch(() => undefined);
    const endWatching = watchActivity(clock, (now) => {
        active = now;
        if (!now) tell("away");
        else if (mine() === "away") tell("online");
    });
    // A new connection is an active one until it says otherwise.
    const endReturning = client.onConnected(() => {
        if (!active) tell("away");
    });
    return () => {
        endWatching();
        endReturning();
    };
}
