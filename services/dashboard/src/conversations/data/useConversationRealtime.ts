import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useCallback, useEffect, useMemo, useState } from "react";
import type { CommandError } from "@/realtime/contract";
import type { Viewer } from "@/realtime/protocol";
import { useWebSocket } from "@/realtime/react/useWebSocket";
import type { ConversationRealtimeView } from "./contract";
import { useDesk } from "./DeskContext";
import { joinConversation } from "./joining";
import { conversationKeys } from "./keys";
import type { TypingNow } from "./typing";
import { TypingPace } from "./typing-pace";

const NONE: never[] = [];
const NEVER = { queryFn: () => Promise.resolve(NONE), enabled: false, staleTime: Infinity };

type Standing = { id: string | null; joined: boolean; refusal: CommandError | null };
const OUT: Standing = { id: null, joined: false, refusal: null };

/** A conversation's live events as long as it is shown: who types and looks, and telling that the user does. */
export function useConversationRealtime(conversationId: string | null): ConversationRealtimeView {
    const desk = useDesk();
    const queries = useQueryClient();
    const { isConnected } = useWebSocket();
    const [standing, setStanding] = useState(OUT);
    useEffect(() => {
        if (conversationId === null) return;
        return joinConversation(desk, queries, conversationId, {
            joined: () => setStanding({ id: conversationId, joined: true, refusal: null }),
            refused: (refusal) => setStanding({ id: conversationId, joined: false, refusal }),
        });
    }, [desk, queries, conversationId]);
    const known = standing.id === conversationId ? standing : OUT;
    return {
        joined: known.joined && isConnected,
        refusal: known.refusal,
        ...useOthers(conversationId, desk.me.id),
        ...useTyping(conversationId),
    };
}

function useOthers(conversationId: string | null, me: string) {
    const typing =
        useQuery<TypingNow[]>({ ...NEVER, queryKey: conversationKeys.typing(conversationId ?? "") }).data ?? NONE;
    const viewers =
        useQuery<Viewer[]>({ ...NEVER, queryKey: conversationKeys.viewers(conversationId ?? "") }).data ?? NONE;
    return useMemo(
        () => ({
            typing: typing.filter(({ id }) => id !== me),
            viewers: viewers.filter(({ user_id }) => user_id !== me),
        }),
        [typing, viewers, me],
    );
}

function useTyping(conversationId: string | null) {
    const { client, clock } = useDesk();
    const pace = useMemo(
        () =>
            new TypingPace(clock, (typing) => {
                if (conversationId === null) return;
                // Who cannot be told now is told with the next keystroke, or never: it is not worth more.
                client
                    .send(typing ? "typing_start" : "typing_stop", { conversation_id: conversationId })
                    .catch(() => undefined);
            }),
        [client, clock, conversationId],
    );
    useEffect(() => () => pace.stop(), [pace]);
    return {
        startTyping: useCallback(() => pace.keystroke(), [pace]),
        stopTyping: useCallback(() => pace.stop(), [pace]),
    };
}
