import { useTranslation } from "react-i18next";
import { Skeleton } from "@/ui/skeleton";

const ROWS = Array.from({ length: 8 }, (_, index) => index);

/** The list's shape while it loads: the same heights, so that nothing jumps. */
export function ListSkeleton({ rowHeight }: { rowHeight: number }) {
    const { t } = useTranslation("ui");
    return (
        <div role="status" className="flex-1 overflow-hidden">
            <span className="sr-only">{t("loading")}</span>
            {ROWS.map((row) => (
                <div
                    key={row}
                    className="flex items-center gap-3 border-b border-border/60 px-3"
                    style={{ height: rowHeight }}
                >
                    <Skeleton className="size-9 rounded-full" />
                    <div className="grid flex-1 gap-2">
                        <Skeleton className="h-3.5 w-2/5" />
                        <Skeleton className="h-3 w-4/5" />
                    </div>
                </div>
            ))}
        </div>
    );
}
