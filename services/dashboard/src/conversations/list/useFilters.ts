import { useCallback, useMemo } from "react";
import { useLocation, useSearch } from "wouter";
import { type Filters, parseFilters, writeFilters } from "./filters";

/** The list's filters, which stand in the address, and a way to change some of them. */
export function useFilters(): [Filters, (change: Partial<Filters>) => void] {
    const search = useSearch();
    const [path, navigate] = useLocation();
    const filters = useMemo(() => parseFilters(search), [search]);
    const change = useCallback(
        (some: Partial<Filters>) => {
            const next = writeFilters({ ...filters, ...some });
            // Typing a search must not leave a history of its letters.
            navigate(next ? `${path}?${next}` : path, { replace: "q" in some });
        },
        [filters, path, navigate],
    );
    return [filters, change];
}
