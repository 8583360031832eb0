import type { Browser, Bus } from "../tabs/browser";

interface Request {
    held: () => Promise<void>;
    done: () => void;
}

/** Locks and a bus for tabs of one test; `kill` ends a tab as a crash does: its locks go, and it says nothing more. */
export class MadeBrowser {
    private readonly queues = new Map<string, Request[]>();
    private readonly listeners = new Map<string, Set<{ tab: string; hear: (message: unknown) => void }>>();
    private readonly dead = new Set<string>();
    private readonly held = new Map<string, Set<() => void>>();

    tab(tab: string): Browser {
        return {
            locks: { request: (name, signal, held) => this.request(tab, name, signal, held) },
            bus: (name) => this.bus(tab, name),
        };
    }

    kill(tab: string): void {
        this.dead.add(tab);
        this.held.get(tab)?.forEach((release) => release());
    }

    isDead(tab: string): boolean {
        return this.dead.has(tab);
    }

    private bus(tab: string, name: string): Bus {
        const all = this.listeners.get(name) ?? new Set();
        this.listeners.set(name, all);
        const mine = new Set<{ tab: string; hear: (message: unknown) => void }>();
        return {
            post: (message) => {
                if (this.dead.has(tab)) return;
                const copy = structuredClone(message);
                for (const listener of all)
                    if (listener.tab !== tab)
                        queueMicrotask(() => !this.dead.has(listener.tab) && all.has(listener) && listener.hear(copy));
            },
            listen: (hear) => {
                const listener = { tab, hear };
                mine.add(listener);
                all.add(listener);
            },
            close: () => mine.forEach((listener) => all.delete(listener)),
        };
    }

    private request(tab: string, name: string, signal: AbortSignal, held: () => Promise<void>): Promise<void> {
        return new Promise((resolve) => {
            const queue = this.queues.get(name) ?? [];
            this.queues.set(name, queue);
            const request: Request = { held, done: resolve };
            queue.push(request);
            const leave = () => this.leave(queue, request);
            const releases = this.held.get(tab) ?? new Set();
            this.held.set(tab, releases.add(leave));
            signal.addEventListener("abort", leave, { once: true });
            if (queue[0] === request) this.grant(queue, request);
        });
    }

    private grant(queue: Request[], request: Request): void {
        queueMicrotask(() => {
            if (queue[0] !== request) return;
            void request.held().then(() => this.leave(queue, request));
        });
    }

    private leave(queue: Request[], request: Request): void {
        const at = queue.indexOf(request);
        if (at < 0) return;
        queue.splice(at, 1);
        request.done();
        const next = queue[0];
        if (at === 0 && next) this.grant(queue, next);
    }
}
