import { createRealtimeClient } from "@/realtime/client";
import { SessionOver, type RealtimeClient } from "@/realtime/contract";
import type { Session } from "@/session/session";
import { configuration } from "./configuration";

/** The realtime client of whoever is signed in, with the session's tokens. */
export function newLiveClient(session: Session, userId: string, clinicId: string): RealtimeClient {
    async function getToken(): Promise<string> {
        await session.refreshIfDue();
        const token = session.token();
        if (token === null) throw new SessionOver();
        return token;
    }
    return createRealtimeClient({
        address,
        session: {
            userId,
            clinicId,
            getToken,
            // A token that is about to end has had more than half of its life.
            refresh: getToken,
            onSessionOver() {
                session.end("expired");
            },
        },
    });
}

async function address() {
    const { realtime } = await configuration();
    return {
        socketUrl: realtime.socket_url,
        pollUrl: realtime.poll_url,
        commandUrl: realtime.command_url,
        fastTries: realtime.reconnect_max_attempts,
    };
}
