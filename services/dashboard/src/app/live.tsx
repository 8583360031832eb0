import { useQueryClient } from "@tanstack/react-query";
import { type ReactNode, useEffect, useState } from "react";
import { AvailabilityMenu } from "@/conversations/data/AvailabilityMenu";
import { DeskContext } from "@/conversations/data/DeskContext";
import { newDesk } from "@/conversations/data/desk";
import { OptimisticFeedback } from "@/conversations/data/OptimisticFeedback";
import { draftsOf } from "@/conversations/desk/useDrafts";
import { RealtimeContext } from "@/realtime/react/RealtimeContext";
import { WebSocketStatus } from "@/realtime/react/WebSocketStatus";
import { session } from "@/session/session";
import { useClinic, useUser } from "@/session/useSession";
import { newLiveClient } from "./live-client";

// What the shell takes from `realtime/`: the connection around everything, and what is shown of it in the rail.

/** Keeps one live connection for everything within. */
export function LiveProvider({ children }: { children: ReactNode }) {
    const queries = useQueryClient();
    const user = useUser();
    const clinic = useClinic();
    const [desk] = useState(() => {
        const client = newLiveClient(session, user.id, clinic.id);
        return newDesk({ client, queries, me: { id: user.id, name: user.name }, clinicId: clinic.id });
    });
    useEffect(() => {
        const close = desk.open();
        return () => {
            const signedOut = session.identity() === null && session.endedBy() === "signed_out";
            close(signedOut);
            // What was begun for a patient stays on no computer that somebody else sits down at.
            if (signedOut) draftsOf(user.id).forget();
        };
    }, [desk, user.id]);
    return (
        <RealtimeContext value={desk.client}>
            <DeskContext value={desk}>
                {children}
                <OptimisticFeedback />
            </DeskContext>
        </RealtimeContext>
    );
}

/** Whether the user is available, and the menu that changes it. `wide` has room for words. */
export function AvailabilityChip({ wide }: { wide: boolean }): ReactNode {
    return <AvailabilityMenu wide={wide} />;
}

/** "Tempo Real", "Conectando…" or "Modo Offline". `wide` has room for words. */
export function ConnectionChip({ wide }: { wide: boolean }): ReactNode {
    return <WebSocketStatus wide={wide} />;
}
