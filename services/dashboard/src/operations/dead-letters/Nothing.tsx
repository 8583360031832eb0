import { CircleCheck, SearchX } from "lucide-react";
import { useTranslation } from "react-i18next";
import { Button } from "@/ui/button";
import { EmptyState } from "@/ui/empty-state";
import { narrowing, type DeadLetterFilter } from "./filter";

type NothingProps = { filter: DeadLetterFilter; onFilter: (filter: DeadLetterFilter) => void };

/** No dead letter at all, which is good news, or none that the filter matches. */
export function Nothing({ filter, onFilter }: NothingProps) {
    const { t } = useTranslation("operations");
    if (narrowing(filter) === 0)
        return (
            <div className="rounded-lg border bg-card">
                <EmptyState icon={CircleCheck} title={t("list.empty")} text={t("list.emptyText")} />
            </div>
        );
    return (
        <div className="rounded-lg border bg-card">
            <EmptyState
                icon={SearchX}
                title={t("list.none")}
                text={t("list.noneText")}
                action={
                    <Button variant="outline" onClick={() => onFilter({ states: filter.states })}>
                        {t("facets.clearAll")}
                    </Button>
                }
            />
        </div>
    );
}
