import type { Position } from "../contract";

/** Channels as `GET /realtime/poll` takes them. A name with an `@` of its own takes one more at its end. */
export function positionsText(channels: ReadonlyMap<string, Position | null>): string {
    return [...channels].map(([name, position]) => name + suffix(name, position)).join(",");
}

function suffix(name: string, position: Position | null): string {
    if (position) return `@${position.seq}.${position.epoch}`;
    return name.includes("@") ? "@" : "";
}
