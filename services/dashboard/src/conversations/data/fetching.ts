import { answer, api } from "@/api/client";
import type { TimelinePage } from "./timeline-pages";
import type { ConversationDetail, ConversationFilters, ConversationList, MessagePage } from "./types";

const PAGE = 50;

export function fetchList(
    filters: ConversationFilters,
    cursor: string | null,
    signal?: AbortSignal,
): Promise<ConversationList> {
    const query = { ...filters, limit: PAGE, ...(cursor ? { cursor } : {}) };
    return answer(api.GET("/api/conversations-simple", { params: { query }, ...(signal ? { signal } : {}) }));
}

export async function fetchTotal(filters: ConversationFilters): Promise<number> {
    const query = { ...filters, limit: 1 };
    return (await answer(api.GET("/api/conversations-simple", { params: { query } }))).total;
}

export function fetchDetail(id: string, signal?: AbortSignal): Promise<ConversationDetail> {
    const params = { path: { conversation_id: id } };
    return answer(api.GET("/api/conversations-simple/{conversation_id}", { params, ...(signal ? { signal } : {}) }));
}

/** The newest page has the conversation too; older ones are messages alone. */
export async function fetchTimelinePage(
    id: string,
    before: string | null,
    signal?: AbortSignal,
): Promise<TimelinePage> {
    if (before === null) return newestPage(await fetchDetail(id, signal));
    const params = { path: { conversation_id: id }, query: { before, limit: PAGE } };
    const call = api.GET("/api/conversations-simple/{conversation_id}/messages", {
        params,
        ...(signal ? { signal } : {}),
    });
    const page: MessagePage = await answer(call);
    return { head: null, messages: page.messages, next_before: page.next_before };
}

export function newestPage({ conversation, messages, actions, has_more }: ConversationDetail): TimelinePage {
    return { head: { conversation, actions }, messages, next_before: has_more ? (messages[0]?.id ?? null) : null };
}
