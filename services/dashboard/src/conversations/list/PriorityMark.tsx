import { ArrowDown, ArrowUp, Minus, TriangleAlert } from "lucide-react";
import { useTranslation } from "react-i18next";
import { cn } from "@/ui/cn";
import type { Priority } from "../entities";

export const PRIORITY_ICONS = { urgent: TriangleAlert, high: ArrowUp, normal: Minus, low: ArrowDown } as const;

const COLOURS: Record<Priority, string> = {
    urgent: "text-destructive",
    high: "text-warning",
    normal: "text-info",
    low: "text-muted-foreground",
};

/** How urgent something is: a shape and a colour, and the word for who sees neither. Normal needs no mark in a list. */
export function PriorityMark({ priority, className }: { priority: Priority; className?: string }) {
    const { t } = useTranslation("conversations");
    const Icon = PRIORITY_ICONS[priority];
    const name = `${t("priority.label")}: ${t(`priority.${priority}`)}`;
    return (
        <span title={name} className={cn("inline-flex shrink-0", COLOURS[priority], className)}>
            <Icon aria-hidden className="size-3.5" strokeWidth={2.5} />
            <span className="sr-only">{name}</span>
        </span>
    );
}
