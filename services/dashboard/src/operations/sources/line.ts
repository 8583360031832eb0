export type Line = "open" | "connecting" | "close" | "unknown";

/** What Evolution's word for a line's state means here; it has had several over its versions. */
export function lineOf(state: string): Line {
    switch (state.toLowerCase()) {
        case "open":
        case "connected":
            return "open";
        case "connecting":
        case "qrcode":
        case "qr":
            return "connecting";
        case "close":
        case "closed":
        case "refused":
        case "disconnected":
            return "close";
        default:
            return "unknown";
    }
}
