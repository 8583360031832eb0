import { type ComponentType, createElement, lazy, type ReactNode, Suspense } from "react";

const LATEST_MS = 3000;

/**
 * A part that the first load does not wait for. It is fetched when the browser has nothing else to do, so that it is there at
 * once when it is wanted, also where the network is gone by then.
 */
export function lazily<P extends object>(
    load: () => Promise<ComponentType<P>>,
    fallback: ReactNode = null,
): ComponentType<P> {
    const bring = async () => ({ default: await load() });
    const Part = lazy(bring);
    whenIdle(() => void bring().catch(() => undefined));
    return function Later(props: P) {
        return <Suspense fallback={fallback}>{createElement(Part, props)}</Suspense>;
    };
}

function whenIdle(run: () => void): void {
    // Safari has no idle callbacks.
    if (typeof requestIdleCallback === "function") requestIdleCallback(run, { timeout: LATEST_MS });
    else setTimeout(run, LATEST_MS);
}
