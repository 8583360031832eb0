import { useMemo } from "react";
import { useLocation, useSearch } from "wouter";
import { filterOf, searchOf, type DeadLetterFilter } from "./filter";

export const LIST = "/operations/dead-letters";
export type Shown = "messages" | "kinds";

/** What the address chooses: which dead letters, and whether they are listed one by one or by kind. */
export function useFilter() {
    const search = useSearch();
    const [, navigate] = useLocation();
    const filter = useMemo(() => filterOf(search), [search]);
    const shown: Shown = new URLSearchParams(search).get("view") === "kinds" ? "kinds" : "messages";
    const go = (next: DeadLetterFilter, view: Shown) => navigate(addressOf(next, view), { replace: true });
    return { search, filter, shown, setFilter: (next: DeadLetterFilter) => go(next, shown), go };
}

export function addressOf(filter: DeadLetterFilter, view: Shown): string {
    const asked = new URLSearchParams(searchOf(filter));
    if (view === "kinds") asked.set("view", view);
    const search = asked.toString();
    return search === "" ? LIST : `${LIST}?${search}`;
}

export function entryAddress(id: string, search: string): string {
    return search === "" ? `${LIST}/${id}` : `${LIST}/${id}?${search}`;
}
