import { useInfiniteQuery } from "@tanstack/react-query";
import { useMemo, useSyncExternalStore } from "react";
import type { ConversationsView } from "./contract";
import { useDesk } from "./DeskContext";
import { fetchList } from "./fetching";
import { conversationKeys } from "./keys";
import { allOf, type ListPages } from "./list-pages";
import { decidedList } from "./overlay";
import type { ConversationFilters, ConversationList } from "./types";

/** A list of conversations, page by page; events keep it as the server has it. */
export function useConversations(filters: ConversationFilters, { enabled = true } = {}): ConversationsView {
    const { cache, decisions, me } = useDesk();
    const query = useInfiniteQuery<
        ConversationList,
        Error,
        ListPages,
        ReturnType<typeof conversationKeys.list>,
        string | null
    >({
        queryKey: conversationKeys.list(filters),
        queryFn: ({ pageParam, signal }) => fetchList(filters, pageParam, signal),
        initialPageParam: null,
        getNextPageParam: (page) => page.next_cursor,
        structuralSharing: (known, fetched) =>
            cache.mergedList(filters, known as ListPages | undefined, fetched as ListPages),
        // Events say what is different.
        staleTime: Infinity,
        enabled,
    });
    const decided = useSyncExternalStore(decisions.subscribe, decisions.all);
    const { data } = query;
    const conversations = useMemo(
        () => (data ? decidedList(allOf(data), decided, filters, me.id) : []),
        [data, decided, filters, me.id],
    );
    return {
        conversations,
        total: data?.pages[0]?.total ?? 0,
        isPending: query.isPending,
        isFetching: query.isFetching,
        error: query.error,
        hasNextPage: query.hasNextPage,
        isFetchingNextPage: query.isFetchingNextPage,
        isFetchNextPageError: query.isFetchNextPageError,
        fetchNextPage: () =>
            void (query.hasNextPage && !query.isFetchingNextPage && query.fetchNextPage({ cancelRefetch: false })),
        refetch: () => void query.refetch(),
    };
}
