import type { Clock } from "@/realtime/connection/clock";

export interface StaleEntriesOptions {
    clock: Clock;
    /** Fetches one entry and puts it where it belongs. */
    fetchOne(conversationId: string): Promise<void>;
    /** Fetches the lists instead, where too many entries are stale at once. */
    fetchAll(): void;
}

const MOST_AT_ONCE = 4;
const MOST_WAITING = 20;
const RETRY_MS = 2_000;
const MOST_TRIES = 3;

/** Fetches entries that events told of: each once for any number of events meanwhile, a few at a time. */
export class StaleEntries {
    private readonly waiting = new Map<string, number>();
    private readonly running = new Set<string>();

    constructor(private readonly options: StaleEntriesOptions) {}

    add(conversationId: string, tries = 0): void {
        this.waiting.set(conversationId, tries);
        if (this.waiting.size > MOST_WAITING) {
            this.waiting.clear();
            return this.options.fetchAll();
        }
        this.next();
    }

    private next(): void {
        for (const [id, tries] of this.waiting) {
            if (this.running.size >= MOST_AT_ONCE) return;
            // What is being fetched may have been read before the event: once more, after that.
            if (this.running.has(id)) continue;
            this.waiting.delete(id);
            this.fetch(id, tries);
        }
    }

    private fetch(id: string, tries: number): void {
        this.running.add(id);
        const again = () =>
            void (tries + 1 < MOST_TRIES
                ? this.options.clock.later(RETRY_MS, () => this.add(id, tries + 1))
                : this.options.fetchAll());
        this.options
            .fetchOne(id)
            .catch(again)
            .finally(() => {
                this.running.delete(id);
                this.next();
            });
    }
}
