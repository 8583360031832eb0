import { QueryClient } from "@tanstack/react-query";
import { asProblem, isTemporary } from "@/api/problem";

const TRIES = 3;

/** A cache of what was loaded. What failed for a moment is asked again; what was refused is not. */
export function newQueryClient(): QueryClient {
    return new QueryClient({
        defaultOptions: {
            queries: {
                staleTime: 30_000,
                retry: (failures, error) => failures < TRIES && isTemporary(asProblem(error)),
                retryDelay: (failures, error) => retryDelay(failures, asProblem(error).retryAfterSeconds),
            },
            mutations: { retry: false },
        },
    });
}

/** Milliseconds before the next try: what the server asked for, or ever longer. */
export function retryDelay(failures: number, askedSeconds: number | null): number {
    return askedSeconds === null ? Math.min(500 * 2 ** failures, 8000) : askedSeconds * 1000;
}
