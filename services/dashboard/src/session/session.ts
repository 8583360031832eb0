import { newSession } from "./live-session";
import type { Identity } from "./signed-in";

export type EndReason = "signed_out" | "expired";

export interface Session {
    /** Who is signed in; the same object until something changes, for `useSyncExternalStore`. */
    identity(): Identity | null;
    token(): string | null;
    /** Why the last session ended, until the next one begins. */
    endedBy(): EndReason | null;
    subscribe(listener: () => void): () => void;
    /** Take the answer of a login. */
    begin(login: Login): void;
    /** Take whoever the API says they are now: another name, another role. */
    update(identity: Identity): void;
    /** End it in all tabs. With `token`, only if that is still the current one. */
    end(reason: EndReason, token?: string): void;
    /** Have a newer token if half of this one's life is over. One request at a time, over all tabs. Never throws. */
    refreshIfDue(): Promise<void>;
}

export type Login = Identity & { token: string; expires_at: string };

/** The session of this browser, shared by its tabs. */
export const session: Session = newSession({
    storage: () => globalThis.localStorage,
    now: () => Date.now(),
    fetch: (url, init) => globalThis.fetch(url, init),
    exclusive: async (work) => {
        // Browsers have locks on pages that came safely (https, or this machine) only.
        await (navigator.locks ? navigator.locks.request("prosa.refresh", work) : work());
    },
});
