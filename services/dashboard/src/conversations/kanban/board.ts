import type { Colleague, Conversation, Priority, Status } from "../entities";
import { PRIORITIES } from "../entities";
import type { ListQuery } from "../list/filters";

// A board is the list in columns: each column is one filter, and moving a card makes its conversation match it.

export const BOARDS = ["assignee", "status", "priority"] as const;
export type BoardKind = (typeof BOARDS)[number];

export type Column = { id: string; query: ListQuery; title: Title; move: Move };
export type Title = { kind: "text"; key: string } | { kind: "name"; name: string; userId: string };
/** What moving a card here changes. */
export type Move = { status: Status } | { priority: Priority } | { assigned_to: string | null; name: string };

export function parseBoard(search: string): BoardKind {
    const asked = new URLSearchParams(search).get("by");
    return BOARDS.find((kind) => kind === asked) ?? "assignee";
}

export function columnsOf(kind: BoardKind, colleagues: readonly Colleague[], userId: string): Column[] {
    if (kind === "status") return (["active", "archived"] as const).map(statusColumn);
    if (kind === "priority") return PRIORITIES.map(priorityColumn);
    const active = colleagues.filter((colleague) => colleague.active);
    // Whoever looks comes first: their own work is what they came for.
    const ordered = [...active].sort((one, other) => Number(other.id === userId) - Number(one.id === userId));
    return [nobody(), ...ordered.map(assigneeColumn)];
}

function statusColumn(status: Status): Column {
    return {
        id: `status:${status}`,
        query: { status },
        title: { kind: "text", key: `status.${status}` },
        move: { status },
    };
}

function priorityColumn(priority: Priority): Column {
    return {
        id: `priority:${priority}`,
        query: { status: "active", priority },
        title: { kind: "text", key: `priority.${priority}` },
        move: { priority },
    };
}

function nobody(): Column {
    return {
        id: "assignee:none",
        query: { status: "active", assigned_to: "none" },
        title: { kind: "text", key: "tab.unassigned" },
        move: { assigned_to: null, name: "" },
    };
}

function assigneeColumn(colleague: Colleague): Column {
    return {
        id: `assignee:${colleague.id}`,
        query: { status: "active", assigned_to: colleague.id },
        title: { kind: "name", name: colleague.name, userId: colleague.id },
        move: { assigned_to: colleague.id, name: colleague.name },
    };
}

/** Whether a conversation stands in a column already. */
export function isIn(conversation: Conversation, move: Move): boolean {
    if ("status" in move) return conversation.status === move.status;
    if ("priority" in move) return conversation.priority === move.priority;
    return conversation.assigned_to === move.assigned_to;
}

/** The conversation as it will be, for showing it there at once. */
export function moved(conversation: Conversation, move: Move): Conversation {
    if ("status" in move) return { ...conversation, status: move.status };
    if ("priority" in move) return { ...conversation, priority: move.priority };
    return { ...conversation, assigned_to: move.assigned_to };
}
