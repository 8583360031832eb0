import { RefreshCw } from "lucide-react";
import { useTranslation } from "react-i18next";
import { Button } from "@/ui/button";
import { EmptyState } from "@/ui/empty-state";
import { ErrorState } from "@/ui/error-state";

// How the browsers say that a part of the program is not there: mostly since a newer one was installed meanwhile.
const MISSING_PART = /dynamically imported module|importing a module script failed|preload css/i;

export function isMissingPart(error: unknown): boolean {
    return error instanceof Error && MISSING_PART.test(error.message);
}

/** A region that failed, with a way out. */
export function RegionFailure({ error, onRetry }: { error: unknown; onRetry: () => void }) {
    const { t } = useTranslation("app");
    if (!isMissingPart(error)) return <ErrorState error={error} onRetry={onRetry} className="h-full" />;
    return (
        <EmptyState
            icon={RefreshCw}
            title={t("newVersion.title")}
            text={t("newVersion.text")}
            action={<Button onClick={() => location.reload()}>{t("newVersion.reload")}</Button>}
            className="h-full"
        />
    );
}
