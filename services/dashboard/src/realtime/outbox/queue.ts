import type { OutboxEntry } from "./entry";

export interface Room {
    mostEntries: number;
    mostCharacters: number;
}

export const ROOM: Room = { mostEntries: 100, mostCharacters: 500_000 };

/** Oldest first. */
export function inOrder(entries: readonly OutboxEntry[]): OutboxEntry[] {
    return [...entries].sort((a, b) => a.order - b.order || (a.clientMessageId < b.clientMessageId ? -1 : 1));
}

/** What is to be sent next: strictly in order, for what one says often answers what was said before. */
export function nextToSend(entries: readonly OutboxEntry[]): OutboxEntry | null {
    return inOrder(entries).find(({ state }) => state !== "refused") ?? null;
}

/** After everything that waits, also where the clock went back. */
export function nextOrder(entries: readonly OutboxEntry[], now: number): number {
    return Math.max(now, ...entries.map(({ order }) => order + 1));
}

export function hasRoom(entries: readonly OutboxEntry[], content: string, room: Room): boolean {
    const characters = entries.reduce((sum, entry) => sum + entry.content.length, content.length);
    return entries.length < room.mostEntries && characters <= room.mostCharacters;
}
