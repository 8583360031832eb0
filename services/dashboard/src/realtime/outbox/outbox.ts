import { CLOCK, type Clock } from "../connection/clock";
import { BACKOFF, waitMs } from "../machine/backoff";
import type { OutboxEntry } from "./entry";
import { hasRoom, inOrder, nextOrder, nextToSend, ROOM, type Room } from "./queue";
import { storeFor, type EntryStore } from "./store";

/** There is no room for what was written: it is still with whoever wrote it. */
export class OutboxFull extends Error {
    constructor() {
        super("too much waits to be sent");
        this.name = "OutboxFull";
    }
}

/** Thrown by `deliver` where the server will never have it; anything else is tried again. */
export class DeliveryRefused extends Error {
    constructor(
        readonly code: string,
        message: string,
    ) {
        super(message);
        this.name = "DeliveryRefused";
    }
}

/** Thrown by `deliver` where the server says when to come back. */
export class DeliveryLater extends Error {
    constructor(readonly retryMs: number) {
        super("later");
        this.name = "DeliveryLater";
    }
}

export type Written = Pick<
    OutboxEntry,
    "clientMessageId" | "conversationId" | "kind" | "content" | "messageType" | "attachmentIds" | "replyTo"
>;

export interface OutboxOptions<R = unknown> {
    userId: string;
    /** Sends one, by its client_message_id: the server takes it once, however often it is sent. */
    deliver(entry: OutboxEntry, signal: AbortSignal): Promise<R>;
    /** The server has it; called before the entry is gone. */
    onSent?(entry: OutboxEntry, result: R): void;
    store?: EntryStore;
    clock?: Clock;
    room?: Room;
    /** Runs work while no other tab of the user does. */
    exclusive?(work: () => Promise<void>, signal: AbortSignal): Promise<void>;
}

export interface Outbox {
    /** Begins to send, also what an earlier page left. */
    open(): void;
    /** Keeps it and sends it as soon as can be. Throws `OutboxFull`. */
    add(written: Written): OutboxEntry;
    /** The same array until something changes. */
    entries(): readonly OutboxEntry[];
    subscribe(listener: () => void): () => void;
    /** Puts a refused one at the end of the line. */
    retry(clientMessageId: string): void;
    discard(clientMessageId: string): void;
    /** The network is back: try at once. */
    wake(): void;
    /** Forgets everything, as at signing out. */
    clear(): void;
    /** Stops sending; what waits is kept. */
    close(): void;
}

/** What people wrote and the server does not have yet: kept over reloads, sent once and in order. */
export function createOutbox<R>(options: OutboxOptions<R>): Outbox {
    return new StoredOutbox(options);
}

class StoredOutbox<R> implements Outbox {
    private readonly store: EntryStore;
    private readonly clock: Clock;
    private readonly listeners = new Set<() => void>();
    private ending = new AbortController();
    private unwatch: () => void = () => undefined;
    private known: readonly OutboxEntry[];
    private sending: string | null = null;
    private running = false;
    private wakeUp: () => void = () => undefined;

    constructor(private readonly options: OutboxOptions<R>) {
        this.store = options.store ?? storeFor(options.userId);
        this.clock = options.clock ?? CLOCK;
        this.known = inOrder(this.store.all());
        this.ending.abort();
    }

    open(): void {
        if (!this.ending.signal.aborted) return;
        this.ending = new AbortController();
        this.unwatch = this.store.onChange(() => this.changed());
        this.changed();
    }

    entries = (): readonly OutboxEntry[] => this.known;

    subscribe = (listener: () => void): (() => void) => {
        this.listeners.add(listener);
        return () => {
            this.listeners.delete(listener);
        };
    };

    add(written: Written): OutboxEntry {
        const all = this.store.all();
        if (!hasRoom(all, written.content, this.options.room ?? ROOM)) throw new OutboxFull();
        const writtenAt = this.clock.now();
        const entry: OutboxEntry = {
            ...written,
            writtenAt,
            order: nextOrder(all, writtenAt),
            state: "waiting",
            refusal: null,
        };
        this.put(entry);
        this.run();
        return entry;
    }

    retry(clientMessageId: string): void {
        const entry = this.known.find((known) => known.clientMessageId === clientMessageId);
        if (entry?.state !== "refused") return;
        this.put({ ...entry, state: "waiting", refusal: null, order: nextOrder(this.known, this.clock.now()) });
        this.run();
    }

    discard(clientMessageId: string): void {
        this.store.remove(clientMessageId);
        this.changed();
    }

    wake(): void {
        this.wakeUp();
    }

    clear(): void {
        this.store.all().forEach(({ clientMessageId }) => this.store.remove(clientMessageId));
        this.changed();
    }

    close(): void {
        this.ending.abort();
        this.wakeUp();
        this.unwatch();
    }

    private put(entry: OutboxEntry): void {
        try {
            this.store.put(entry);
        } catch {
            throw new OutboxFull();
        }
        this.changed();
    }

    private changed(): void {
        const all = this.store.all();
        this.known = inOrder(all).map((entry) =>
            entry.clientMessageId === this.sending ? { ...entry, state: "sending" } : entry,
        );
        this.listeners.forEach((listener) => listener());
        if (nextToSend(this.known)) this.run();
    }

    /** One run at a time: in this tab by `running`, among tabs by the lock. */
    private run(): void {
        if (this.running || this.ending.signal.aborted || !nextToSend(this.known)) return;
        this.running = true;
        const exclusive =
            this.options.exclusive ?? ((work) => exclusiveAmongTabs(this.options.userId, work, this.ending.signal));
        const { signal } = this.ending;
        void exclusive(() => this.sendAll(signal), signal).finally(() => {
            this.running = false;
            this.run();
        });
    }

    private async sendAll(signal: AbortSignal): Promise<void> {
        let failures = 0;
        for (;;) {
            // Read anew: another tab may have sent it while we waited for our turn.
            const entry = nextToSend(this.store.all());
            if (!entry || signal.aborted) return;
            const waited = await this.attempt(entry, failures, signal);
            failures = waited === null ? 0 : failures + 1;
            if (waited !== null) await this.pause(waited);
        }
    }

    /** Null where it is decided, else how long to wait before the next try. */
    private async attempt(entry: OutboxEntry, failures: number, signal: AbortSignal): Promise<number | null> {
        this.mark(entry.clientMessageId);
        try {
            const result = await this.options.deliver(entry, signal);
            this.options.onSent?.(entry, result);
            this.decided(() => this.store.remove(entry.clientMessageId));
            return null;
        } catch (error) {
            return this.failed(entry, error, failures);
        }
    }

    private failed(entry: OutboxEntry, error: unknown, failures: number): number | null {
        if (error instanceof DeliveryRefused) {
            const refusal = { code: error.code, message: error.message };
            this.decided(() => this.putIfKept({ ...entry, state: "refused", refusal }));
            return null;
        }
        this.mark(null);
        return error instanceof DeliveryLater ? error.retryMs : waitMs(BACKOFF, failures + 1, this.clock.chance());
    }

    /** What was discarded while it was sent is not to come back. */
    private putIfKept(entry: OutboxEntry): void {
        if (this.store.all().some((kept) => kept.clientMessageId === entry.clientMessageId)) this.store.put(entry);
    }

    private decided(write: () => void): void {
        this.sending = null;
        write();
        this.changed();
    }

    private mark(clientMessageId: string | null): void {
        this.sending = clientMessageId;
        this.changed();
    }

    private pause(ms: number): Promise<void> {
        return new Promise((resolve) => {
            const cancel = this.clock.later(ms, resolve);
            this.wakeUp = () => {
                cancel();
                resolve();
            };
        });
    }
}

async function exclusiveAmongTabs(userId: string, work: () => Promise<void>, signal: AbortSignal): Promise<void> {
    // Without locks two tabs may send the same one; the server takes it once.
    if (!globalThis.navigator?.locks) return work();
    try {
        await navigator.locks.request(`prosa-outbox-${userId}`, { signal }, work);
    } catch (error) {
        if (!signal.aborted) throw error;
    }
}
