import type { TimelineMessage as Message } from "../entities";

/** Where reading goes on: the first of the patient's last `count` messages that are at hand; null where all is read. */
export function firstUnread(messages: readonly Message[], count: number): { key: string; count: number } | null {
    if (count <= 0) return null;
    const incoming = messages.filter((message) => message.sender_type === "patient" && message.deleted_at === null);
    const first = incoming[Math.max(0, incoming.length - count)];
    return first ? { key: first.key, count } : null;
}
