import type { InfiniteData } from "@tanstack/react-query";
import type { Change } from "./changes";
import { merged, withFields, type LiveConversation } from "./live-conversation";
import { byTime, compareIds } from "./order";
import type { ConversationAction, Message } from "./types";

/** A page of messages, oldest first; the first page is the newest and has what is said of the conversation itself. */
export interface TimelinePage {
    head: { conversation: LiveConversation; actions: ConversationAction[] } | null;
    messages: Message[];
    /** What the next older page is asked for with; null at the beginning. */
    next_before: string | null;
}

export type TimelinePages = InfiniteData<TimelinePage, string | null>;

export function conversationOf(timeline: TimelinePages | undefined): LiveConversation | null {
    return timeline?.pages[0]?.head?.conversation ?? null;
}

/** A conversation's timeline after a change; the same object where it says nothing new. */
export function patchedTimeline(timeline: TimelinePages, change: Change): TimelinePages {
    const id = conversationOf(timeline)?.id;
    switch (change.change) {
        case "message":
            return change.message.conversation_id === id ? withMessage(timeline, change.message) : timeline;
        case "action":
            return change.conversationId === id ? withAction(timeline, change.action) : timeline;
        case "fields":
            return change.conversationId === id
                ? withHead(timeline, (known) => withFields(known, change.fields, change.version))
                : timeline;
        case "entry":
            return change.conversation.id === id
                ? withHead(timeline, (known) => merged(known, change.conversation))
                : timeline;
        default:
            return timeline;
    }
}

/** What was fetched, with what came live while it was on its way. */
export function mergedTimelines(known: TimelinePages, fetched: TimelinePages): TimelinePages {
    const head = conversationOf(known);
    if (!head || head.id !== conversationOf(fetched)?.id) return fetched;
    const messages = known.pages.flatMap((page) => page.messages).reduce(withMessage, fetched);
    const actions = (known.pages[0]?.head?.actions ?? []).reduce(withAction, messages);
    return withHead(actions, (conversation) => merged(head, conversation));
}

function withMessage(timeline: TimelinePages, message: Message): TimelinePages {
    const pages = timeline.pages;
    const at = pages.findIndex((page) => page.messages.some(({ id }) => id === message.id));
    const known = pages[at]?.messages.find(({ id }) => id === message.id);
    if (known && known.version >= message.version) return timeline;
    const place = known ? at : pageFor(timeline, message);
    if (place < 0) return timeline;
    return withPage(timeline, place, (page) => ({
        ...page,
        messages: [...page.messages.filter(({ id }) => id !== message.id), message].sort(byTime),
    }));
}

/** The newest page that reaches back so far; -1 for what is older than everything that was loaded. */
function pageFor({ pages }: TimelinePages, message: Message): number {
    return pages.findIndex(({ messages, next_before }) => {
        const oldest = messages[0];
        return next_before === null || (oldest !== undefined && byTime(message, oldest) >= 0);
    });
}

function withAction(timeline: TimelinePages, action: ConversationAction): TimelinePages {
    const head = timeline.pages[0]?.head;
    if (!head || head.actions.some(({ id }) => id === action.id)) return timeline;
    const actions = [...head.actions, action].sort(
        (a, b) => Date.parse(a.created_at) - Date.parse(b.created_at) || compareIds(a.id, b.id),
    );
    return withPage(timeline, 0, (page) => ({ ...page, head: { ...head, actions } }));
}

function withHead(timeline: TimelinePages, change: (known: LiveConversation) => LiveConversation): TimelinePages {
    const head = timeline.pages[0]?.head;
    if (!head) return timeline;
    const conversation = change(head.conversation);
    return conversation === head.conversation
        ? timeline
        : withPage(timeline, 0, (page) => ({ ...page, head: { ...head, conversation } }));
}

function withPage(timeline: TimelinePages, at: number, change: (page: TimelinePage) => TimelinePage): TimelinePages {
    return { ...timeline, pages: timeline.pages.map((page, index) => (index === at ? change(page) : page)) };
}
