import type { Colleague, Conversation } from "../entities";
import { plain } from "../composer/slash";

export type PresenceStatus = "online" | "away" | "busy" | "offline";

const RANK: Record<PresenceStatus, number> = { online: 0, busy: 1, away: 2, offline: 3 };

export type Target = { colleague: Colleague; status: PresenceStatus };

/** To whom a conversation can be handed: present colleagues first, each found by any part of their name. */
export function targetsOf(
    colleagues: readonly Colleague[],
    assignedTo: string | null,
    statusOf: (userId: string) => PresenceStatus,
    query: string,
): Target[] {
    const wanted = plain(query.trim());
    return colleagues
        .filter(
            (colleague) => colleague.active && colleague.id !== assignedTo && plain(colleague.name).includes(wanted),
        )
        .map((colleague) => ({ colleague, status: statusOf(colleague.id) }))
        .sort(
            (one, other) => RANK[one.status] - RANK[other.status] || compare(one.colleague.name, other.colleague.name),
        );
}

function compare(one: string, other: string): number {
    return one.localeCompare(other, "pt-BR");
}

/** Whether a user may hand the conversation over: theirs and nobody's everybody may, somebody else's takes a right. */
export function mayHandOver(
    conversation: Pick<Conversation, "assigned_to">,
    userId: string,
    mayReassign: boolean,
): boolean {
    return conversation.assigned_to === null || conversation.assigned_to === userId || mayReassign;
}
