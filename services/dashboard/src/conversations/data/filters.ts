import type { Conversation, ConversationFilters } from "./types";

/** Whether a list shows a conversation. A search is the server's to decide: `unsure` where everything else fits. */
export function fits(filters: ConversationFilters, conversation: Conversation, me: string): boolean | "unsure" {
    const { status, priority, label, q } = filters;
    if (status && conversation.status !== status) return false;
    if (priority && conversation.priority !== priority) return false;
    if (label && !conversation.label_ids.includes(label)) return false;
    if (!fitsAssignee(filters.assigned_to, conversation.assigned_to, me)) return false;
    return q?.trim() ? "unsure" : true;
}

function fitsAssignee(wanted: string | undefined, assigned: string | null, me: string): boolean {
    if (!wanted) return true;
    if (wanted === "none") return assigned === null;
    return assigned === (wanted === "me" ? me : wanted);
}
