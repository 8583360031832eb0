import type { QueryClient, QueryFilters } from "@tanstack/react-query";

/**
 * Has queries fetched again, also those that are fetched for the first time just now: what those are answered may have
 * been read before the events began to arrive.
 */
export function resync(queries: QueryClient, filters: QueryFilters): void {
    for (const query of queries.getQueryCache().findAll(filters)) {
        const again = () => void queries.invalidateQueries({ queryKey: query.queryKey, exact: true });
        const first =
            query.state.data === undefined && query.state.fetchStatus === "fetching" ? query.promise : undefined;
        if (first) first.then(again, again);
        else again();
    }
}
