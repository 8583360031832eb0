import type { QueryClient } from "@tanstack/react-query";
import type { CommandError, LiveEvent } from "@/realtime/contract";
import type { Typing, Viewer } from "@/realtime/protocol";
import type { Desk } from "./desk";
import { conversationKeys } from "./keys";
import { stillTyping, TYPING_MS, withoutAuthor, withTyping, type TypingNow } from "./typing";
import type { Message } from "./types";

export interface Joining {
    joined(): void;
    refused(error: CommandError): void;
}

/** Has a conversation's events, and keeps who types and looks in the cache; the answer leaves it. */
export function joinConversation(
    { client, clock }: Desk,
    queries: QueryClient,
    id: string,
    joining: Joining,
): () => void {
    const setTyping = (change: (known: TypingNow[]) => TypingNow[]) =>
        queries.setQueryData<TypingNow[]>(conversationKeys.typing(id), (known) => change(known ?? []));
    const setViewers = (viewers: Viewer[]) => queries.setQueryData(conversationKeys.viewers(id), viewers);
    const expire = () => setTyping((known) => stillTyping(known, clock.now()));
    const heardTyping = (typing: Typing) => {
        setTyping((known) => withTyping(known, typing, clock.now()));
        if (typing.typing) clock.later(TYPING_MS + 50, expire);
    };
    const onEvent = (event: LiveEvent) => {
        if (event.type === "conversation:typing") heardTyping(event.data);
        if (event.type === "conversation:viewers") setViewers(event.data.viewers);
        if (event.type === "message:new") setTyping((known) => withoutAuthor(known, event.data as Message));
    };
    const { leave } = client.join(id, {
        onEvent,
        onJoined({ typing, viewers }) {
            setTyping(() => []);
            typing.forEach(heardTyping);
            setViewers(viewers);
            joining.joined();
        },
        onRefused: (error) => joining.refused(error),
    });
    return () => {
        leave();
        setTyping(() => []);
        setViewers([]);
    };
}
