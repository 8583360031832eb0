/** Which entries of the audit log; what is left out does not narrow. */
export interface AuditFilter {
    action?: string;
    subjectType?: string;
    subjectId?: string;
}

const NAMES = { action: "action", subjectType: "subject_type", subjectId: "subject_id" } as const;
const FACETS = ["action", "subjectType", "subjectId"] as const;

export function auditFilterOf(search: string): AuditFilter {
    const asked = new URLSearchParams(search);
    const filter: AuditFilter = {};
    for (const facet of FACETS) {
        const value = asked.get(NAMES[facet])?.trim();
        if (value) filter[facet] = value;
    }
    return filter;
}

export function auditSearchOf(filter: AuditFilter): string {
    const said = new URLSearchParams();
    for (const facet of FACETS) {
        const value = filter[facet];
        if (value) said.set(NAMES[facet], value);
    }
    return said.toString();
}

/** The actions that people are most likely to look for, by what they are done to. */
export const ACTIONS: Readonly<Record<string, readonly string[]>> = {
    conversation: ["read", "changed", "transferred", "noted", "action_added", "label_added", "label_removed"],
    dead_letter: ["revealed", "replayed", "edited", "discarded", "many_discarded", "restored", "exported"],
    replay: ["made", "paused", "running", "cancelled"],
    issue: ["changed"],
    queue: ["paused", "resumed", "run", "killed"],
    source: ["created", "changed", "token_rotated", "webhook_set", "webhook_failed", "qr_asked", "secret_added"],
    service_token: ["created", "rotated", "revoked"],
    webhook_destination: ["created", "changed", "deleted", "secret_rotated", "tried"],
    user: ["created", "renamed", "role_changed", "deactivated", "activated", "password_changed", "signed_out"],
    contact: ["changed", "exported", "held", "released", "erasure_asked", "erased"],
    canned_reply: ["created", "changed", "deleted"],
    label: ["created", "changed", "deleted"],
    retention: ["set", "ended", "deleted"],
};

/** Where a thing that was acted upon is shown, if anywhere. */
export function placeOf(type: string, id: string): string | null {
    switch (type) {
        case "dead_letter":
            return /^\d+$/.test(id) ? `/operations/dead-letters/${id}` : null;
        case "conversation":
            return `/conversations/${encodeURIComponent(id)}`;
        case "issue":
            return `/operations/dead-letters?${new URLSearchParams({ state: "all", fingerprint: id })}`;
        default:
            return null;
    }
}
