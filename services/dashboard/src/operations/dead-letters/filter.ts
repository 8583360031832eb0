import type { components } from "@/api/schema";

export type DeadLetterFilter = Partial<Record<TextFacet, string>> & { states: State[]; minFailures?: number };
export type State = components["schemas"]["Entry"]["state"];
export type Reason = components["schemas"]["Entry"]["reason"];
type ApiFilter = Partial<components["schemas"]["DeadLetterFilter"]>;

export const STATES: readonly State[] = ["dead", "replaying", "replayed", "discarded"];
export const REASONS: readonly Reason[] = [
    "validation",
    "unknown_instance",
    "unreadable",
    "poison",
    "exhausted",
    "refused",
    "unknown_outcome",
    "undeliverable",
    "bug",
];
export const PERIODS = ["1h", "24h", "7d", "30d"] as const;

const TEXT_FACETS = [
    "source",
    "source_id",
    "event_type",
    "reason",
    "fingerprint",
    "error",
    "since",
    "until",
    "contains",
    "provider_id",
    "conversation_id",
    "correlation_id",
] as const;
export type TextFacet = (typeof TEXT_FACETS)[number];

const ALL = "all";
/** What an operator comes for; it is left out of the address. */
const WAITING: readonly State[] = ["dead"];

/** The filter that an address names; what it names wrongly does not narrow. */
export function filterOf(search: string): DeadLetterFilter {
    const asked = new URLSearchParams(search);
    const filter: DeadLetterFilter = { states: statesOf(asked.getAll("state")) };
    for (const facet of TEXT_FACETS) {
        const value = asked.get(facet);
        if (value && isKnown(facet, value)) filter[facet] = value;
    }
    const failures = Number(asked.get("min_failures"));
    if (Number.isInteger(failures) && failures > 0) filter.minFailures = failures;
    return filter;
}

function statesOf(named: readonly string[]): State[] {
    if (named.includes(ALL)) return [];
    const known = STATES.filter((state) => named.includes(state));
    return known.length > 0 ? known : [...WAITING];
}

function isKnown(facet: TextFacet, value: string): boolean {
    if (facet === "source") return value === "evolution" || value === "n8n";
    return facet !== "reason" || REASONS.some((reason) => reason === value);
}

/** The address of a filter: two filters that choose the same have the same one, so that it can be shared and compared. */
export function searchOf(filter: DeadLetterFilter): string {
    const said = new URLSearchParams();
    for (const state of addressedStates(filter.states)) said.append("state", state);
    for (const facet of TEXT_FACETS) {
        const value = filter[facet];
        if (value) said.set(facet, value);
    }
    if (filter.minFailures) said.set("min_failures", String(filter.minFailures));
    return said.toString();
}

function addressedStates(states: readonly State[]): readonly string[] {
    if (states.length === 0 || states.length === STATES.length) return [ALL];
    const isDefault = states.length === WAITING.length && states.every((state) => WAITING.includes(state));
    return isDefault ? [] : STATES.filter((state) => states.includes(state));
}

/** The filter as the API takes it, in queries and in bodies. */
export function apiFilter(filter: DeadLetterFilter): ApiFilter {
    const asked: Record<string, unknown> = {};
    if (filter.states.length > 0) asked.state = [...filter.states];
    for (const facet of TEXT_FACETS) if (filter[facet]) asked[facet] = filter[facet];
    if (filter.minFailures) asked.min_failures = filter.minFailures;
    return asked as ApiFilter;
}

/** How many facets narrow, beside the states that are always chosen: what the button that clears them says. */
export function narrowing(filter: DeadLetterFilter): number {
    return TEXT_FACETS.filter((facet) => filter[facet]).length + (filter.minFailures ? 1 : 0);
}
