import { Check, CheckCheck, CircleAlert, Clock, CloudOff } from "lucide-react";
import { useTranslation } from "react-i18next";
import { cn } from "@/ui/cn";
import type { TimelineMessage } from "../entities";
import { tickOf } from "./ticks";

const MARKS = {
    pending: { icon: Clock, className: "text-muted-foreground" },
    waiting: { icon: CloudOff, className: "text-muted-foreground" },
    sent: { icon: Check, className: "text-muted-foreground" },
    delivered: { icon: CheckCheck, className: "text-muted-foreground" },
    read: { icon: CheckCheck, className: "text-info" },
    played: { icon: CheckCheck, className: "text-info" },
    failed: { icon: CircleAlert, className: "text-destructive" },
} as const;

/** How far a message got: a mark to see, a word to hear and in the tooltip. */
export function StatusTick({ message }: { message: TimelineMessage }) {
    const { t } = useTranslation("conversations");
    const tick = message.outbox?.state === "waiting" && tickOf(message) ? "waiting" : tickOf(message);
    if (!tick) return null;
    const shown = message.outbox?.state === "refused" ? "failed" : tick;
    const { icon: Icon, className } = MARKS[shown];
    return (
        <span data-tick={shown} title={t(`tick.${shown}`)} className={cn("inline-flex", className)}>
            <Icon aria-hidden className="size-3.5" />
            <span className="sr-only">{t(`tick.${shown}`)}</span>
        </span>
    );
}
