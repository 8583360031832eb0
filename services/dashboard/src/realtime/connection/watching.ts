import type { Unsubscribe } from "../contract";
import type { Happening } from "../machine/state";

/** Tells a connection what the browser says of the network, and that somebody looks at the page again. */
export function watchBrowser(connection: { happen(happening: Happening): void }): Unsubscribe {
    if (typeof window === "undefined") return () => undefined;
    const watching = new AbortController();
    const { signal } = watching;
    window.addEventListener("online", () => connection.happen({ type: "online" }), { signal });
    window.addEventListener("offline", () => connection.happen({ type: "offline" }), { signal });
    const looked = () => document.visibilityState === "visible" && connection.happen({ type: "woke" });
    document.addEventListener("visibilitychange", looked, { signal });
    if (navigator.onLine === false) queueMicrotask(() => connection.happen({ type: "offline" }));
    return () => watching.abort();
}
