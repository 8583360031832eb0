import type { LiveEvent } from "../contract";
import type { Reply } from "../connection/pending";
import type { Connected, GoingAway, Reset } from "../protocol";

export type Frame =
    | { kind: "connected"; frame: Connected }
    | { kind: "reply"; frame: Reply }
    | { kind: "reset"; frame: Reset }
    | { kind: "token_expiring" }
    | { kind: "going_away"; frame: GoingAway }
    | { kind: "event"; frame: LiveEvent }
    | { kind: "unknown" };

/** A frame by what it is for. What a later gateway may say is unknown, never an error. */
export function readFrame(text: string): Frame {
    const frame: unknown = parsed(text);
    if (typeof frame !== "object" || frame === null || !("type" in frame)) return { kind: "unknown" };
    switch (frame.type) {
        case "connected":
            return { kind: "connected", frame: frame as Connected };
        case "reply":
            return { kind: "reply", frame: frame as Reply };
        case "reset":
            return { kind: "reset", frame: frame as Reset };
        case "going_away":
            return { kind: "going_away", frame: frame as GoingAway };
        case "token_expiring":
            return { kind: "token_expiring" };
        default:
            return "channel" in frame && "data" in frame
                ? { kind: "event", frame: frame as LiveEvent }
                : { kind: "unknown" };
    }
}

function parsed(text: string): unknown {
    try {
        return JSON.parse(text);
    } catch {
        return null;
    }
}
