/** Locks that a tab loses when it dies, however it dies. */
export interface Locks {
    /** Runs `held` once the lock is ours, and gives it back when that ends. */
    request(name: string, signal: AbortSignal, held: () => Promise<void>): Promise<void>;
}

/** What one tab says to the browser's others of the same origin; never to itself. */
export interface Bus {
    post(message: unknown): void;
    listen(listener: (message: unknown) => void): void;
    close(): void;
}

export interface Browser {
    locks: Locks;
    bus(name: string): Bus;
}

/** What this browser has for tabs to share a connection; null where each has to have its own. */
export function sharingBrowser(): Browser | null {
    // Browsers have locks on pages that came safely (https, or this machine) only.
    if (!globalThis.navigator?.locks || typeof BroadcastChannel === "undefined") return null;
    return { locks: { request: requestLock }, bus: openBus };
}

async function requestLock(name: string, signal: AbortSignal, held: () => Promise<void>): Promise<void> {
    try {
        await navigator.locks.request(name, { signal }, held);
    } catch (error) {
        if (!signal.aborted) throw error;
    }
}

function openBus(name: string): Bus {
    const channel = new BroadcastChannel(name);
    let closed = false;
    return {
        // An answer may be ready only when its tab has left already.
        post: (message) => void (closed || channel.postMessage(message)),
        listen: (listener) => channel.addEventListener("message", ({ data }) => listener(data)),
        close() {
            closed = true;
            channel.close();
        },
    };
}
