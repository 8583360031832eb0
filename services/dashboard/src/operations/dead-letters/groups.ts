import type { components } from "@/api/schema";

type Group = components["schemas"]["Group"];
type Issue = components["schemas"]["Issue"];

/** A kind of failure: how many there are of it under the filter, and what was decided about it. */
export interface Kind {
    fingerprint: string;
    count: number;
    errorMessage: string;
    eventType: string | null;
    firstSeen: string;
    lastSeen: string;
    state: Issue["state"];
    link: string | null;
    note: string | null;
    discardUntil: string | null;
    changedBy: string | null;
}

/** The groups that a filter matches, the largest first, with what people decided about each. */
export function kindsOf(groups: readonly Group[], issues: readonly Issue[]): Kind[] {
    const decided = new Map(issues.map((issue) => [issue.fingerprint, issue]));
    const kinds = groups.flatMap((group) =>
        group.key === null ? [] : [kindOf(group, group.key, decided.get(group.key))],
    );
    return kinds.sort((one, other) => other.count - one.count || compare(other.lastSeen, one.lastSeen));
}

function kindOf(group: Group, fingerprint: string, issue: Issue | undefined): Kind {
    return {
        fingerprint,
        count: group.count,
        errorMessage: group.error_message ?? issue?.error_message ?? "",
        eventType: issue?.event_type ?? null,
        firstSeen: group.first_seen_at,
        lastSeen: group.last_seen_at,
        state: issue?.state ?? group.issue_state ?? "open",
        link: issue?.link ?? group.link,
        note: issue?.note ?? null,
        discardUntil: issue?.discard_until ?? null,
        changedBy: issue?.changed_by ?? null,
    };
}

function compare(one: string, other: string): number {
    return Date.parse(one) - Date.parse(other);
}

/** Whether new ones of a kind are discarded by themselves at this moment. */
export function discardsItself(kind: Kind, now: number): boolean {
    return kind.discardUntil !== null && Date.parse(kind.discardUntil) > now;
}
