import { useTranslation } from "react-i18next";
import { Skeleton } from "@/ui/skeleton";

/** A page's place while its program loads. */
export function PageSkeleton() {
    const { t } = useTranslation("ui");
    return (
        <div role="status" className="mx-auto grid w-full max-w-6xl gap-4 p-4 sm:p-6">
            <span className="sr-only">{t("loading")}</span>
            <Skeleton className="h-7 w-48" />
            <Skeleton className="h-4 w-72 max-w-full" />
            <Skeleton className="mt-2 h-56 w-full" />
        </div>
    );
}
