import type { QueryClient } from "@tanstack/react-query";
import { asProblem } from "@/api/problem";
import { CLOCK, type Clock } from "@/realtime/connection/clock";
import type { LiveEvent, RealtimeClient } from "@/realtime/contract";
import { createOutbox, type Outbox } from "@/realtime/outbox/outbox";
import { keepAvailability } from "./availability";
import { deliver } from "./delivery";
import { FeedbackList } from "./feedback";
import { fetchDetail } from "./fetching";
import { conversationKeys } from "./keys";
import { LiveCache } from "./live-cache";
import { Decisions } from "./overlay";
import { NOBODY, withChange, withListing, type Presence } from "./presence";
import { resync } from "./resync";
import { conversationOf, type TimelinePages } from "./timeline-pages";
import type { Writer } from "./timeline-messages";

/** What the clinic's channel tells of beside conversations, and where it is kept. */
const DESK_KEYS = { label: ["labels"], canned_reply: ["canned-replies"], user: ["users", "colleagues"] };

/** What the hooks have in common: the connection, the cache that it keeps, and what is under way. */
export interface Desk {
    client: RealtimeClient;
    queries: QueryClient;
    outbox: Outbox;
    cache: LiveCache;
    decisions: Decisions;
    feedback: FeedbackList;
    me: Writer;
    clinicId: string;
    clock: Clock;
    /** Begins to hear and to send; the answer ends it. */
    open(): (signedOut: boolean) => void;
}

export interface DeskOptions {
    client: RealtimeClient;
    queries: QueryClient;
    me: Writer;
    clinicId: string;
    clock?: Clock;
}

export function newDesk({ client, queries, me, clinicId, clock = CLOCK }: DeskOptions): Desk {
    const isMissing = (error: unknown) => asProblem(error).status === 404;
    const cache = new LiveCache({ queries, me: me.id, clock, fetchDetail: (id) => fetchDetail(id), isMissing });
    const outbox = createOutbox({
        userId: me.id,
        deliver,
        clock,
        onSent: (_entry, message) => cache.apply({ change: "message", message }),
    });
    const desk = {
        client,
        queries,
        outbox,
        cache,
        decisions: new Decisions(),
        feedback: new FeedbackList(),
        me,
        clinicId,
        clock,
    };
    return { ...desk, open: () => open(desk) };
}

function open(desk: Omit<Desk, "open">): (signedOut: boolean) => void {
    const { client, outbox } = desk;
    const endings = [
        keepAvailability(desk),
        client.onEvent((event) => hear(desk, event)),
        client.onReset((channel) => resetChannel(desk, channel)),
        client.onConnected(() => {
            outbox.wake();
            void listPresence(desk);
        }),
    ];
    client.start();
    outbox.open();
    return (signedOut) => {
        endings.forEach((end) => end());
        client.stop({ signedOut });
        outbox.close();
        if (signedOut) outbox.clear();
    };
}

function hear({ cache, queries }: Omit<Desk, "open">, event: LiveEvent): void {
    cache.hear(event);
    // `user:status` says the same under another name.
    if (event.type === "presence_update") {
        const change = event.data;
        queries.setQueryData<Presence>(conversationKeys.presence, (known) => withChange(known ?? NOBODY, change));
    }
    if (event.type === "desk:updated")
        for (const key of DESK_KEYS[event.data.kind]) void queries.invalidateQueries({ queryKey: [key] });
}

async function listPresence({ client, queries }: Omit<Desk, "open">): Promise<void> {
    try {
        const listing = await client.send("presence:list", {});
        queries.setQueryData<Presence>(conversationKeys.presence, (known) => withListing(known ?? NOBODY, listing));
    } catch {
        queries.setQueryData<Presence>(conversationKeys.presence, (known) => ({ ...(known ?? NOBODY), stale: true }));
    }
}

function resetChannel({ queries }: Omit<Desk, "open">, channel: string): void {
    const [target, id] = [channel.slice(0, channel.indexOf(":")), channel.slice(channel.indexOf(":") + 1)];
    if (target === "empresa") {
        resync(queries, { queryKey: conversationKeys.lists });
        resync(queries, { queryKey: conversationKeys.counts });
        for (const key of Object.values(DESK_KEYS).flat()) resync(queries, { queryKey: [key] });
    }
    if (target === "conversa") {
        const shows = (timeline: TimelinePages | undefined) => !timeline || conversationOf(timeline)?.id === id;
        resync(queries, {
            queryKey: conversationKeys.details,
            predicate: (query) => shows(query.state.data as TimelinePages | undefined),
        });
    }
}
