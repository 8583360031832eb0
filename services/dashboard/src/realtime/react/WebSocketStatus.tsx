import { Loader2, RefreshCw, Wifi, WifiOff } from "lucide-react";
import { useTranslation } from "react-i18next";
import type { ConnectionStatus } from "../contract";
import { useConnectionMetrics } from "./useConnectionMetrics";
import { useWebSocket } from "./useWebSocket";

const ICONS = { live: Wifi, connecting: Loader2, offline: WifiOff };
const TONES = { live: "text-success", connecting: "text-warning", offline: "text-destructive" };

/** "Tempo Real", "Conectando…" or "Modo Offline", told to screen readers as it changes. `wide` has room for words. */
export function WebSocketStatus({ wide = true }: { wide?: boolean }) {
    const { t } = useTranslation("realtime");
    const status = useWebSocket();
    const { latencyMs } = useConnectionMetrics();
    const Icon = ICONS[status.liveness];
    const hint = [
        t(hintOf(status)),
        status.liveness === "live" && latencyMs !== null ? t("latency", { ms: latencyMs }) : "",
    ];
    return (
        <div
            className="flex h-9 items-center gap-1 rounded-md text-xs"
            title={hint.filter(Boolean).join(" ")}
            data-liveness={status.liveness}
            data-transport={status.transport}
        >
            <span role="status" className="flex min-w-9 items-center justify-center gap-2 px-2.5 font-medium">
                <Icon
                    aria-hidden
                    className={`size-4 shrink-0 ${TONES[status.liveness]} ${status.liveness === "connecting" ? "motion-safe:animate-spin" : ""}`}
                />
                <span className={wide ? "truncate" : "sr-only"}>{t(status.liveness)}</span>
            </span>
            {wide && status.liveness !== "live" && status.trying && (
                <button
                    type="button"
                    onClick={status.reconnect}
                    aria-label={t("retry")}
                    title={t("retry")}
                    className="ml-auto grid size-8 place-items-center rounded-md hover:bg-accent"
                >
                    <RefreshCw aria-hidden className="size-3.5" />
                </button>
            )}
        </div>
    );
}

function hintOf({ liveness, transport, trying, reason }: ConnectionStatus): string {
    if (!trying && reason === "session_over") return "sessionOver";
    if (liveness === "live") return transport === "poll" ? "livePoll" : "liveHint";
    return liveness === "connecting" ? "connectingHint" : "offlineHint";
}
