import { readFrame } from "./frames";
import type { Loss } from "../machine/losing";
import type { Hearing, OpenTransport, Transport } from "./transport";

/** Events over a WebSocket. The token travels as a second offered subprotocol: URLs end up in logs. */
export function socketTransport(url: string): OpenTransport {
    return (token, hearing) => {
        const socket = new WebSocket(url, ["prosa.v1", `bearer.${token}`]);
        const deaf = listen(socket, hearing);
        return speaking(socket, deaf);
    };
}

function listen(socket: WebSocket, hearing: Hearing): AbortController {
    const deaf = new AbortController();
    const { signal } = deaf;
    socket.addEventListener("message", ({ data }) => typeof data === "string" && dispatch(data, hearing), { signal });
    const ended = (loss: Loss) => {
        deaf.abort();
        hearing.closed(loss);
    };
    socket.addEventListener("close", ({ code, reason }) => ended({ code, ...(reason ? { reason } : {}) }), { signal });
    // Where a page's policy forbids the address, Chromium tells an error and never a close.
    socket.addEventListener("error", () => ended({ code: 1006, reason: "network" }), { signal });
    return deaf;
}

function dispatch(text: string, hearing: Hearing): void {
    hearing.heard();
    const read = readFrame(text);
    switch (read.kind) {
        case "connected":
            return hearing.opened(read.frame.data);
        case "reply":
            return hearing.reply(read.frame);
        case "reset":
            return hearing.reset(read.frame.data.channel, read.frame.data);
        case "going_away":
            return hearing.goingAway(read.frame.data.reconnect_ms);
        case "token_expiring":
            return hearing.tokenExpiring();
        case "event":
            return hearing.event(read.frame);
        case "unknown":
            return;
    }
}

function speaking(socket: WebSocket, deaf: AbortController): Transport {
    return {
        send(frame) {
            if (socket.readyState === WebSocket.OPEN) socket.send(JSON.stringify(frame));
        },
        close(code) {
            // What a half-open connection still says belongs to nobody: the machine has counted it as gone.
            deaf.abort();
            socket.close(code);
        },
    };
}
