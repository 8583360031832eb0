import type { OutboxEntry } from "./entry";

/** Where entries outlive the page. */
export interface EntryStore {
    all(): OutboxEntry[];
    /** Throws where there is no room. */
    put(entry: OutboxEntry): void;
    remove(clientMessageId: string): void;
    /** Another tab changed something. */
    onChange(listener: () => void): () => void;
}

/**
 * In `localStorage`, a key for each entry: it is written before `send` returns, so that a reload a moment later loses
 * nothing, and tabs never write over each other's entries.
 */
export function browserStore(storage: Storage, userId: string): EntryStore {
    const prefix = `prosa.outbox.${userId}.`;
    return {
        all: () => keysOf(storage, prefix).flatMap((key) => read(storage.getItem(key))),
        put: (entry) => storage.setItem(prefix + entry.clientMessageId, JSON.stringify(kept(entry))),
        remove: (clientMessageId) => storage.removeItem(prefix + clientMessageId),
        onChange(listener) {
            const changed = ({ key }: StorageEvent) => (key === null || key.startsWith(prefix)) && listener();
            window.addEventListener("storage", changed);
            return () => window.removeEventListener("storage", changed);
        },
    };
}

/** Where a browser forbids storage: entries live as long as the page. */
export function memoryStore(): EntryStore {
    const entries = new Map<string, OutboxEntry>();
    return {
        all: () => [...entries.values()],
        put: (entry) => void entries.set(entry.clientMessageId, entry),
        remove: (clientMessageId) => void entries.delete(clientMessageId),
        onChange: () => () => undefined,
    };
}

/** The best store that this browser allows for. */
export function storeFor(userId: string): EntryStore {
    try {
        const probe = `prosa.outbox.probe`;
        localStorage.setItem(probe, "1");
        localStorage.removeItem(probe);
        return browserStore(localStorage, userId);
    } catch {
        return memoryStore();
    }
}

function keysOf(storage: Storage, prefix: string): string[] {
    return Array.from({ length: storage.length }, (_, index) => storage.key(index) ?? "").filter((key) =>
        key.startsWith(prefix),
    );
}

/** Who was sending it may be gone when it is read again. */
function kept(entry: OutboxEntry): OutboxEntry {
    return entry.state === "sending" ? { ...entry, state: "waiting" } : entry;
}

function read(text: string | null): OutboxEntry[] {
    try {
        const entry = JSON.parse(text ?? "null") as OutboxEntry | null;
        return entry && typeof entry.clientMessageId === "string" && typeof entry.content === "string" ? [entry] : [];
    } catch {
        return [];
    }
}
