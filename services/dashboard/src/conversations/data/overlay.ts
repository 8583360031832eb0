import { fits } from "./filters";
import type { Fields } from "./live-conversation";
import { byActivity } from "./order";
import type { Conversation, ConversationFilters } from "./types";

/** What somebody decided and the server has not confirmed: laid over what is known, so that taking it back loses nothing. */
export interface Decision {
    token: string;
    /** As it was when it was decided: where it goes may be a list that does not have it yet. */
    conversation: Conversation;
    fields: Fields;
}

export function decidedConversation<C extends Conversation>(conversation: C, decisions: readonly Decision[]): C {
    return decisions
        .filter((decision) => decision.conversation.id === conversation.id)
        .reduce((known, { fields }) => ({ ...known, ...fields }), conversation);
}

/** A list as it will be: without what was decided out of it, with what was decided into it. */
export function decidedList(
    conversations: readonly Conversation[],
    decisions: readonly Decision[],
    filters: ConversationFilters,
    me: string,
): Conversation[] {
    const shown = conversations.map((conversation) => decidedConversation(conversation, decisions));
    const there = new Set(shown.map(({ id }) => id));
    const coming = [...new Map(decisions.map(({ conversation }) => [conversation.id, conversation])).values()]
        .filter(({ id }) => !there.has(id))
        .map((conversation) => decidedConversation(conversation, decisions))
        .filter((conversation) => fits(filters, conversation, me) === true);
    const touched = new Set(decisions.map(({ conversation }) => conversation.id));
    const staying = shown.filter(
        (conversation) => !touched.has(conversation.id) || fits(filters, conversation, me) !== false,
    );
    return coming.length > 0 ? [...staying, ...coming].sort(byActivity) : staying;
}

/** The decisions under way, for React. */
export class Decisions {
    private list: readonly Decision[] = [];
    private readonly listeners = new Set<() => void>();

    all = (): readonly Decision[] => this.list;

    subscribe = (listener: () => void): (() => void) => {
        this.listeners.add(listener);
        return () => {
            this.listeners.delete(listener);
        };
    };

    add(decision: Decision): void {
        this.become([...this.list, decision]);
    }

    remove(token: string): void {
        this.become(this.list.filter((decision) => decision.token !== token));
    }

    private become(list: readonly Decision[]): void {
        this.list = list;
        this.listeners.forEach((listener) => listener());
    }
}
