import { useTranslation } from "react-i18next";
import { cn } from "@/ui/cn";
import { Skeleton } from "@/ui/skeleton";

const BUBBLES = ["w-52", "w-72 self-end", "w-64", "w-40", "w-80 self-end", "w-48"];

/** A conversation's shape while it loads. */
export function PaneSkeleton() {
    const ui = useTranslation("ui");
    return (
        <div role="status" className="flex min-w-0 flex-1 flex-col">
            <span className="sr-only">{ui.t("loading")}</span>
            <div className="flex h-14 shrink-0 items-center gap-3 border-b bg-card px-3">
                <Skeleton className="size-9 rounded-full" />
                <div className="grid gap-1.5">
                    <Skeleton className="h-3.5 w-36" />
                    <Skeleton className="h-3 w-24" />
                </div>
            </div>
            <div className="flex min-h-0 flex-1 flex-col justify-end gap-3 overflow-hidden p-4">
                {BUBBLES.map((width) => (
                    <Skeleton key={width} className={cn("h-11 max-w-full rounded-2xl", width)} />
                ))}
            </div>
            <Skeleton className="mx-3 mb-3 h-28 rounded-xl" />
        </div>
    );
}
