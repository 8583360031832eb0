import { PRIORITIES, type Priority, type Status } from "../entities";

// What the list shows stands in the address: it can be sent to a colleague, and Back goes back.

export const TABS = ["mine", "unassigned", "all"] as const;
export type Tab = (typeof TABS)[number];

export type Filters = {
    tab: Tab;
    status: Status;
    priority: Priority | null;
    label: string | null;
    q: string;
};

export const NO_FILTERS: Filters = { tab: "mine", status: "active", priority: null, label: null, q: "" };

export function parseFilters(search: string): Filters {
    const asked = new URLSearchParams(search);
    return {
        tab: oneOf(TABS, asked.get("tab")) ?? NO_FILTERS.tab,
        status: oneOf(["active", "archived"] as const, asked.get("status")) ?? NO_FILTERS.status,
        priority: oneOf(PRIORITIES, asked.get("priority")),
        label: asked.get("label") || null,
        q: asked.get("q") ?? "",
    };
}

/** The address's search part; what is as always is left out. */
export function writeFilters(filters: Filters): string {
    const asked = new URLSearchParams();
    for (const name of ["tab", "status", "priority", "label", "q"] as const) {
        const value = filters[name];
        if (value && value !== NO_FILTERS[name]) asked.set(name, value);
    }
    return asked.toString();
}

/** Whether anything but the tab narrows the list: then an empty one says so. */
export function isNarrowed(filters: Filters): boolean {
    return filters.priority !== null || filters.label !== null || filters.q.trim() !== "";
}

/** What the API is asked for. */
export type ListQuery = {
    status: Status;
    assigned_to?: string;
    priority?: Priority;
    label?: string;
    q?: string;
};

const ASSIGNED: Record<Tab, string | undefined> = { mine: "me", unassigned: "none", all: undefined };

export function queryOf(filters: Filters): ListQuery {
    const query: ListQuery = { status: filters.status };
    const assigned = ASSIGNED[filters.tab];
    if (assigned) query.assigned_to = assigned;
    if (filters.priority) query.priority = filters.priority;
    if (filters.label) query.label = filters.label;
    if (filters.q.trim()) query.q = filters.q.trim();
    return query;
}

function oneOf<T extends string>(values: readonly T[], value: string | null): T | null {
    return values.find((known) => known === value) ?? null;
}
