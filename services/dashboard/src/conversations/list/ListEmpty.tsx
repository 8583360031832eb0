import { Inbox, SearchX } from "lucide-react";
import { useTranslation } from "react-i18next";
import { Button } from "@/ui/button";
import { EmptyState } from "@/ui/empty-state";
import { type Filters, isNarrowed } from "./filters";

type ListEmptyProps = { filters: Filters; onChange: (change: Partial<Filters>) => void };

/** Why the list is empty, and what can be done about it: nothing found is another matter than nothing there. */
export function ListEmpty({ filters, onChange }: ListEmptyProps) {
    const { t } = useTranslation("conversations");
    if (isNarrowed(filters))
        return (
            <EmptyState
                icon={SearchX}
                title={t("empty.results")}
                text={t("empty.resultsText")}
                action={
                    <Button
                        variant="outline"
                        size="sm"
                        onClick={() => onChange({ q: "", priority: null, label: null })}
                    >
                        {t("list.clearFilters")}
                    </Button>
                }
            />
        );
    const key = filters.status === "archived" ? "archived" : filters.tab;
    return (
        <EmptyState
            icon={Inbox}
            title={t(`empty.${key}`)}
            text={t(`empty.${key}Text`)}
            action={
                key === "mine" && (
                    <Button variant="outline" size="sm" onClick={() => onChange({ tab: "unassigned" })}>
                        {t("empty.mineAction")}
                    </Button>
                )
            }
        />
    );
}
