import { useQuery } from "@tanstack/react-query";
import { answer, api } from "@/api/client";
import { conversationKeys } from "../data/keys";
import { type Filters, isNarrowed, type Tab } from "./filters";

/** How many conversations each tab has. The counts are of open ones; of a narrowed list only the shown tab's is known. */
export function useTabCounts(filters: Filters, total: number): Partial<Record<Tab, number>> {
    const { data } = useQuery({
        queryKey: conversationKeys.counts,
        queryFn: () => answer(api.GET("/api/conversations-simple/counts")),
    });
    if (isNarrowed(filters) || filters.status !== "active") return { [filters.tab]: total };
    if (!data) return {};
    return { mine: data.mine, unassigned: data.unassigned, all: data.by_status.active };
}
