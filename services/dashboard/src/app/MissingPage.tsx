import { FileQuestion } from "lucide-react";
import { useTranslation } from "react-i18next";
import { Link } from "wouter";
import { buttonVariants } from "@/ui/button";
import { EmptyState } from "@/ui/empty-state";
import { usePageTitle } from "./usePageTitle";

/** There is nothing at this address, or nothing for this clinic: from outside the two look the same. */
export function MissingPage() {
    const { t } = useTranslation("app");
    usePageTitle(t("missing.title"));
    return (
        <EmptyState
            page
            icon={FileQuestion}
            title={t("missing.title")}
            text={t("missing.text")}
            action={
                <Link href="/conversations" className={buttonVariants({ variant: "outline" })}>
                    {t("missing.action")}
                </Link>
            }
            className="h-full"
        />
    );
}
