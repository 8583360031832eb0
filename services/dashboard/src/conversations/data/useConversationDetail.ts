import { useInfiniteQuery } from "@tanstack/react-query";
import { useMemo, useSyncExternalStore } from "react";
import type { ConversationDetailView } from "./contract";
import { useDesk } from "./DeskContext";
import { fetchTimelinePage } from "./fetching";
import { conversationKeys } from "./keys";
import { decidedConversation } from "./overlay";
import { timelineMessages } from "./timeline-messages";
import { conversationOf, type TimelinePage, type TimelinePages } from "./timeline-pages";

/** A conversation with its messages, older ones page by page, and what waits to be sent; `id` may be an external one. */
export function useConversationDetail(id: string): ConversationDetailView {
    const { cache, decisions, outbox, me } = useDesk();
    const query = useInfiniteQuery<
        TimelinePage,
        Error,
        TimelinePages,
        ReturnType<typeof conversationKeys.detail>,
        string | null
    >({
        queryKey: conversationKeys.detail(id),
        queryFn: ({ pageParam, signal }) => fetchTimelinePage(id, pageParam, signal),
        initialPageParam: null,
        getNextPageParam: (page) => page.next_before,
        structuralSharing: (known, fetched) =>
            cache.mergedTimeline(known as TimelinePages | undefined, fetched as TimelinePages),
        // While nobody looked no events of it came: what is kept is shown, and fetched again.
        refetchOnMount: "always",
        staleTime: Infinity,
    });
    const decided = useSyncExternalStore(decisions.subscribe, decisions.all);
    const waiting = useSyncExternalStore(outbox.subscribe, outbox.entries);
    const { data } = query;
    const known = conversationOf(data);
    const conversation = useMemo(() => known && decidedConversation(known, decided), [known, decided]);
    const messages = useMemo(() => {
        const own = waiting.filter(({ conversationId }) => conversationId === (known?.id ?? id));
        return timelineMessages(data?.pages.toReversed().flatMap((page) => page.messages) ?? [], own, me);
    }, [data, waiting, known?.id, id, me]);
    return {
        conversation,
        messages,
        actions: data?.pages[0]?.head?.actions ?? [],
        isPending: query.isPending,
        error: query.error,
        hasOlder: query.hasNextPage,
        isFetchingOlder: query.isFetchingNextPage,
        olderFailed: query.isFetchNextPageError,
        fetchOlder: () =>
            void (query.hasNextPage && !query.isFetchingNextPage && query.fetchNextPage({ cancelRefetch: false })),
        refetch: () => void query.refetch(),
    };
}
