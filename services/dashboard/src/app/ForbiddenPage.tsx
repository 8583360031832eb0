import { Lock } from "lucide-react";
import { useTranslation } from "react-i18next";
import { EmptyState } from "@/ui/empty-state";
import { usePageTitle } from "./usePageTitle";

/** A page that the user's role may not open. */
export function ForbiddenPage() {
    const { t } = useTranslation("app");
    usePageTitle(t("forbidden.title"));
    return <EmptyState page icon={Lock} title={t("forbidden.title")} text={t("forbidden.text")} className="h-full" />;
}
