import type { EndReason, Login, Session } from "./session";
import { isRefreshDue, parseSignedIn, type Identity, type SignedIn } from "./signed-in";

export const STORAGE_KEY = "prosa.session";
// In the session's place after somebody signed out: other tabs then leave nothing on this computer either. Of a session that
// ended otherwise there is nothing, and what its owner had begun is there when they come back.
const SIGNED_OUT = "signed_out";
// After a refresh that was not answered; requests meanwhile go on with the token there is.
const PAUSE_MILLISECONDS = 15_000;

export interface SessionSurroundings {
    storage: () => Storage;
    now: () => number;
    fetch: (url: string, init: RequestInit) => Promise<Response>;
    /** Runs work while no other tab runs any. */
    exclusive: (work: () => Promise<void>) => Promise<void>;
}

/** A session: in memory for this page, and in the browser's storage for its other tabs and the next load. */
export function newSession({ storage, now, fetch, exclusive }: SessionSurroundings): Session {
    let current: SignedIn | null = read();
    let identity: Identity | null = identityOf(current);
    let ended: EndReason | null = null;
    let refreshing: Promise<void> | null = null;
    let notBefore = 0;
    const listeners = new Set<() => void>();

    function read(): SignedIn | null {
        try {
            return parseSignedIn(storage().getItem(STORAGE_KEY));
        } catch {
            return null; // storage is forbidden here: the session lives as long as the page
        }
    }

    function write(): void {
        try {
            if (current) storage().setItem(STORAGE_KEY, JSON.stringify(current));
            else if (ended === "signed_out") storage().setItem(STORAGE_KEY, SIGNED_OUT);
            else storage().removeItem(STORAGE_KEY);
        } catch {
            // The same.
        }
    }

    function become(next: SignedIn | null, reason: EndReason | null): void {
        current = next;
        identity = sameIdentity(identity, next) ? identity : identityOf(next);
        ended = next ? null : reason;
        for (const listener of [...listeners]) listener();
    }

    function onStorage(event: StorageEvent): void {
        if (event.key !== STORAGE_KEY && event.key !== null) return;
        const next = read();
        if (next?.token !== current?.token) become(next, event.newValue === SIGNED_OUT ? "signed_out" : "expired");
    }

    async function refresh(): Promise<void> {
        const kept = read();
        if (kept && current && kept.token !== current.token) become(kept, null); // another tab was faster
        if (!current || !isRefreshDue(current, now())) return;
        const { token } = current;
        const response = await fetch("/api/auth/refresh", {
            method: "POST",
            headers: { Authorization: `Bearer ${token}` },
        });
        if (response.status === 401) return end("expired", token);
        if (!response.ok) throw new Error(`refresh answered ${response.status}`);
        const login = (await response.json()) as Login;
        if (current?.token === token) begin(login);
    }

    function begin({ token, user, clinic }: Login): void {
        become({ token, user, clinic, receivedAt: now() }, null);
        write();
    }

    function update({ user, clinic }: Identity): void {
        if (!current || current.user.id !== user.id || current.clinic.id !== clinic.id) return;
        if (sameIdentity({ user, clinic }, current)) return;
        become({ ...current, user, clinic }, null);
        write();
    }

    function end(reason: EndReason, token?: string): void {
        if (!current || (token !== undefined && token !== current.token)) return;
        become(null, reason);
        write();
    }

    async function refreshIfDue(): Promise<void> {
        if (!current || now() < notBefore || !isRefreshDue(current, now())) return;
        refreshing ??= exclusive(refresh)
            .catch(() => {
                notBefore = now() + PAUSE_MILLISECONDS;
            })
            .finally(() => {
                refreshing = null;
            });
        await refreshing;
    }

    return {
        identity: () => identity,
        token: () => current?.token ?? null,
        endedBy: () => ended,
        begin,
        update,
        end,
        refreshIfDue,
        subscribe(listener) {
            if (listeners.size === 0) globalThis.addEventListener?.("storage", onStorage);
            listeners.add(listener);
            return () => {
                listeners.delete(listener);
                if (listeners.size === 0) globalThis.removeEventListener?.("storage", onStorage);
            };
        },
    };
}

function identityOf(signedIn: SignedIn | null): Identity | null {
    return signedIn && { user: signedIn.user, clinic: signedIn.clinic };
}

function sameIdentity(identity: Identity | null, signedIn: SignedIn | null): boolean {
    return JSON.stringify(identity) === JSON.stringify(identityOf(signedIn));
}
