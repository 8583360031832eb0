import { useQuery } from "@tanstack/react-query";
import { Database } from "lucide-react";
import { useTranslation } from "react-i18next";
import { answer, api } from "@/api/client";
import { conversationKeys } from "./keys";

const INTERVAL_MS = 30_000;

/** Whether the server's cache works, and how often it helps. */
export function CacheStatus() {
    const { t } = useTranslation("realtime");
    const { data, isError } = useQuery({
        queryKey: conversationKeys.health,
        queryFn: ({ signal }) => answer(api.GET("/api/health", { signal })),
        refetchInterval: INTERVAL_MS,
    });
    const cache = data?.cache;
    const connected = cache?.connected === true && !isError;
    return (
        <span role="status" aria-label={t("cache.label")} className="inline-flex items-center gap-2 text-xs">
            <Database aria-hidden className={`size-4 ${connected ? "text-success" : "text-warning"}`} />
            {isError || !cache ? t("cache.unknown") : t(connected ? "cache.connected" : "cache.disconnected")}
            {connected && typeof cache.hit_rate === "number" && (
                <span className="text-muted-foreground tabular-nums">
                    {t("cache.hitRate", { percent: Math.round(cache.hit_rate) })}
                </span>
            )}
        </span>
    );
}
