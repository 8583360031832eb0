import type { InfiniteData } from "@tanstack/react-query";
import type { Change } from "./changes";
import { fits } from "./filters";
import { merged, withFields, type LiveConversation } from "./live-conversation";
import { byActivity } from "./order";
import type { ConversationFilters, ConversationList } from "./types";

export type ListPages = InfiniteData<ConversationList, string | null>;

export interface ListOf {
    filters: ConversationFilters;
    /** The user, for lists of what is theirs. */
    me: string;
}

export interface Patched {
    pages: ListPages;
    /** Whether the total is no longer known: the entry may have been counted beyond the loaded pages. */
    recount: boolean;
    /** Whether only the server can tell that the entry belongs into it. */
    unsure: boolean;
}

/** A list after a change: the entry newer, at its place, in or out. */
export function patchedList(list: ListOf, pages: ListPages, change: Change): Patched {
    switch (change.change) {
        case "entry":
            return placed(list, pages, find(pages, change.conversation.id), change.conversation);
        case "fields": {
            const known = find(pages, change.conversationId);
            const next = known && withFields(known, change.fields, change.version);
            return !next || next === known ? unchanged(pages) : replaced(list, pages, next);
        }
        case "gone":
            return removed(pages, change.conversationId);
        default:
            return unchanged(pages);
    }
}

export function find(pages: ListPages, id: string): LiveConversation | undefined {
    for (const page of pages.pages) {
        const known = page.conversations.find((conversation) => conversation.id === id);
        if (known) return known;
    }
    return undefined;
}

export function allOf(pages: ListPages): LiveConversation[] {
    return pages.pages.flatMap((page) => page.conversations);
}

const unchanged = (pages: ListPages): Patched => ({ pages, recount: false, unsure: false });

function placed(list: ListOf, pages: ListPages, known: LiveConversation | undefined, whole: LiveConversation): Patched {
    const next = merged(known, whole);
    if (known) return next === known ? unchanged(pages) : replaced(list, pages, next);
    const fitting = fits(list.filters, next, list.me);
    if (fitting !== true)
        return { pages, recount: fitting === false && !isComplete(pages), unsure: fitting === "unsure" };
    return inserted(pages, next, isComplete(pages) ? 1 : 0);
}

/** An entry that is loaded, and now another: at another place perhaps, or no longer in this list. */
function replaced(list: ListOf, pages: ListPages, next: LiveConversation): Patched {
    if (fits(list.filters, next, list.me) === false) return removed(pages, next.id);
    return { ...inserted(without(pages, next.id, 0), next, 0), recount: false };
}

function removed(pages: ListPages, id: string): Patched {
    if (find(pages, id)) return { ...unchanged(without(pages, id, -1)) };
    return { pages, recount: !isComplete(pages), unsure: false };
}

function isComplete(pages: ListPages): boolean {
    return pages.pages.at(-1)?.next_cursor === null;
}

function without(pages: ListPages, id: string, counted: number): ListPages {
    const kept = pages.pages.map((page) => {
        const conversations = page.conversations.filter((conversation) => conversation.id !== id);
        return { ...page, conversations, total: Math.max(0, page.total + counted) };
    });
    return { ...pages, pages: kept };
}

/** At its place among what is loaded; what would come after that is on a page that was not asked for. */
function inserted(pages: ListPages, entry: LiveConversation, counted: number): Patched {
    const last = pages.pages.length - 1;
    const at = pages.pages.findIndex(({ conversations }, index) => {
        const end = conversations.at(-1);
        return (end !== undefined && byActivity(entry, end) < 0) || (index === last && isComplete(pages));
    });
    const counting = { recount: counted === 0 && !isComplete(pages), unsure: false };
    if (at < 0) return { pages, ...counting };
    const next = pages.pages.map((page, index) => ({
        ...page,
        total: page.total + counted,
        conversations: index === at ? [...page.conversations, entry].sort(byActivity) : page.conversations,
    }));
    return { pages: { ...pages, pages: next }, ...counting };
}
