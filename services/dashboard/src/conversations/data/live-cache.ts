import type { QueryClient, QueryKey } from "@tanstack/react-query";
import type { Clock } from "@/realtime/connection/clock";
import type { LiveEvent } from "@/realtime/contract";
import { changesOf, type Change } from "./changes";
import { fetchTotal } from "./fetching";
import { conversationKeys } from "./keys";
import { find, patchedList, type ListPages } from "./list-pages";
import { merged, type LiveConversation } from "./live-conversation";
import { StaleEntries } from "./stale-entries";
import { conversationOf, mergedTimelines, patchedTimeline, type TimelinePages } from "./timeline-pages";
import type { Conversation, ConversationDetail, ConversationFilters } from "./types";

export interface LiveCacheOptions {
    queries: QueryClient;
    /** The user's id. */
    me: string;
    clock: Clock;
    fetchDetail(conversationId: string): Promise<ConversationDetail>;
    isMissing(error: unknown): boolean;
}

/** How long what an event told outweighs an answer that may have been on its way before. */
const RECENT_MS = 15_000;
const RECOUNT_MS = 500;

/** Keeps the query cache as the server has it, by what events tell instead of fetching everything again. */
export class LiveCache {
    private readonly stale: StaleEntries;
    private readonly recent = new Map<string, { conversation: LiveConversation; at: number }>();
    private readonly gone = new Set<string>();
    private readonly recounting = new Set<string>();

    constructor(private readonly options: LiveCacheOptions) {
        const { clock, queries } = options;
        this.stale = new StaleEntries({
            clock,
            fetchOne: (id) => this.fetchOne(id),
            fetchAll: () => void queries.invalidateQueries({ queryKey: conversationKeys.lists }),
        });
    }

    hear(event: LiveEvent): void {
        changesOf(event).forEach((change) => this.apply(change));
    }

    apply(change: Change): void {
        if (change.change === "stale") return this.outdated(change.conversationId, change.version);
        if (change.change === "gone") this.gone.add(change.conversationId);
        if (change.change === "entry") this.remember(change.conversation);
        this.patchLists(change);
        this.patchTimelines(change);
        if (change.change !== "message" && change.change !== "action") this.recount(conversationKeys.counts);
    }

    /** For a list's `structuralSharing`: what came while the answer was on its way is not lost. */
    mergedList(filters: ConversationFilters, known: ListPages | undefined, fetched: ListPages): ListPages {
        let pages = fetched;
        for (const conversation of this.laterThan(known, fetched)) {
            pages = patchedList(this.listOf(filters), pages, { change: "entry", conversation }).pages;
        }
        for (const conversationId of this.gone)
            pages = patchedList(this.listOf(filters), pages, { change: "gone", conversationId }).pages;
        return pages;
    }

    mergedTimeline(known: TimelinePages | undefined, fetched: TimelinePages): TimelinePages {
        return known ? mergedTimelines(known, fetched) : fetched;
    }

    private laterThan(known: ListPages | undefined, fetched: ListPages): LiveConversation[] {
        const since = this.options.clock.now() - RECENT_MS;
        for (const [id, { at }] of this.recent) if (at < since) this.recent.delete(id);
        const loaded = known?.pages.flatMap((page) => page.conversations) ?? [];
        // What an answer no longer has may have left the list; only what was told just now is known to be newer.
        const shown = loaded.filter(({ id }) => find(fetched, id));
        return [...shown, ...[...this.recent.values()].map(({ conversation }) => conversation)];
    }

    private listOf(filters: ConversationFilters) {
        return { filters, me: this.options.me };
    }

    private remember(conversation: Conversation): void {
        const known = this.recent.get(conversation.id)?.conversation;
        this.recent.set(conversation.id, { conversation: merged(known, conversation), at: this.options.clock.now() });
    }

    private patchLists(change: Change): void {
        const lists = this.options.queries.getQueriesData<ListPages>({ queryKey: conversationKeys.lists });
        for (const [key, pages] of lists) if (pages) this.patchOne(key, pages, change);
    }

    private patchOne(key: QueryKey, pages: ListPages, change: Change): void {
        const filters = key[2] as ConversationFilters;
        const patched = patchedList(this.listOf(filters), pages, change);
        if (patched.pages !== pages) this.options.queries.setQueryData(key, patched.pages);
        if (patched.unsure) void this.options.queries.invalidateQueries({ queryKey: key });
        else if (patched.recount) this.recount(key, filters);
    }

    private patchTimelines(change: Change): void {
        const timelines = this.options.queries.getQueriesData<TimelinePages>({ queryKey: conversationKeys.details });
        for (const [key, timeline] of timelines) {
            const patched = timeline && patchedTimeline(timeline, change);
            if (patched && patched !== timeline) this.options.queries.setQueryData(key, patched);
        }
    }

    private outdated(conversationId: string, version: number): void {
        if (this.gone.has(conversationId) || this.knownVersion(conversationId) >= version) return;
        this.stale.add(conversationId);
    }

    private knownVersion(id: string): number {
        return this.recent.get(id)?.conversation.version ?? 0;
    }

    private async fetchOne(id: string): Promise<void> {
        try {
            const { conversation, messages, actions } = await this.options.fetchDetail(id);
            if (this.gone.has(id)) return;
            this.apply({ change: "entry", conversation });
            // The conversation may be open without being joined just now.
            messages.forEach((message) => this.patchTimelines({ change: "message", message }));
            actions.forEach((action) =>
                this.patchTimelines({ change: "action", conversationId: conversation.id, action }),
            );
        } catch (error) {
            if (!this.options.isMissing(error)) throw error;
            this.apply({ change: "gone", conversationId: id });
        }
    }

    /** Numbers that no event tells: asked for once for any number of events meanwhile. */
    private recount(key: QueryKey, filters?: ConversationFilters): void {
        const name = JSON.stringify(key);
        if (this.recounting.has(name)) return;
        this.recounting.add(name);
        this.options.clock.later(RECOUNT_MS, () => {
            this.recounting.delete(name);
            if (filters) void this.countAnew(key, filters);
            else void this.options.queries.invalidateQueries({ queryKey: key });
        });
    }

    private async countAnew(key: QueryKey, filters: ConversationFilters): Promise<void> {
        const total = await fetchTotal(filters).catch(() => null);
        if (total === null) return;
        this.options.queries.setQueryData<ListPages>(
            key,
            (pages) => pages && { ...pages, pages: pages.pages.map((page) => ({ ...page, total })) },
        );
    }

    /** The conversation by its own id, from wherever the cache has it. */
    known(id: string): LiveConversation | null {
        const { queries } = this.options;
        const timelines = queries.getQueriesData<TimelinePages>({ queryKey: conversationKeys.details });
        const lists = queries.getQueriesData<ListPages>({ queryKey: conversationKeys.lists });
        const copies = [
            ...timelines.map(([, timeline]) => conversationOf(timeline)),
            ...lists.map(([, pages]) => (pages ? find(pages, id) : null)),
        ].filter((copy) => copy?.id === id);
        return copies.reduce<LiveConversation | null>((best, copy) => (copy ? merged(best, copy) : best), null);
    }
}
