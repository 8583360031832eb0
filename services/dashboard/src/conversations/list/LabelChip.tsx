import { cn } from "@/ui/cn";
import type { Label } from "../entities";

/** A label: its colour as a dot, its name as text, for colours alone mean nothing. */
export function LabelChip({ label, className }: { label: Label; className?: string }) {
    return (
        <span
            className={cn(
                "inline-flex max-w-32 items-center gap-1 rounded-full border bg-card px-1.5 py-px text-[0.6875rem] text-muted-foreground",
                className,
            )}
        >
            <span
                aria-hidden
                className="size-2 shrink-0 rounded-full ring-1 ring-foreground/30"
                style={{ backgroundColor: label.colour }}
            />
            <span className="truncate">{label.name}</span>
        </span>
    );
}
