import { Pause, RotateCw } from "lucide-react";
import { useId } from "react";
import { useTranslation } from "react-i18next";
import { useTimes } from "@/i18n/useTimes";
import { Badge } from "@/ui/badge";
import { Button } from "@/ui/button";
import { Select } from "@/ui/select";
import { INTERVALS, intervalOf, type useRefreshEvery } from "./useRefreshEvery";

type RefreshControlProps = {
    refresh: ReturnType<typeof useRefreshEvery>;
    lookedAt: number;
    isLooking: boolean;
    onLook: () => void;
};

/** How often the page looks, when it last did, and whether it does not. */
export function RefreshControl({ refresh, lookedAt, isLooking, onLook }: RefreshControlProps) {
    const { t } = useTranslation("operations");
    const times = useTimes();
    const id = useId();
    const isOff = refresh.seconds === 0;
    return (
        <div className="flex flex-wrap items-center gap-2">
            {(refresh.hidden || isOff) && (
                <Badge variant="warning">
                    <Pause aria-hidden />
                    {t(refresh.hidden ? "refresh.hidden" : "refresh.isOff")}
                </Badge>
            )}
            <span className="text-xs text-muted-foreground tabular-nums">
                {lookedAt > 0 && t("refresh.at", { time: times.full(new Date(lookedAt).toISOString()) })}
            </span>
            <label htmlFor={id} className="sr-only">
                {t("refresh.label")}
            </label>
            <Select
                id={id}
                className="w-32"
                value={String(refresh.seconds)}
                onChange={(event) => refresh.choose(intervalOf(event.target.value))}
            >
                {INTERVALS.map((seconds) => (
                    <option key={seconds} value={seconds}>
                        {seconds === 0 ? t("refresh.off") : t("refresh.every", { seconds })}
                    </option>
                ))}
            </Select>
            <Button variant="outline" size="icon" aria-label={t("refresh.now")} aria-busy={isLooking} onClick={onLook}>
                <RotateCw aria-hidden />
            </Button>
        </div>
    );
}
