import { ListFilter } from "lucide-react";
import { useTranslation } from "react-i18next";
import { Button } from "@/ui/button";
import { Field } from "@/ui/field";
import { Popover, PopoverContent, PopoverTrigger } from "@/ui/popover";
import { Select } from "@/ui/select";
import { useLabels } from "../desk/useLabels";
import { PRIORITIES, type Priority, type Status } from "../entities";
import type { Filters } from "./filters";

type FilterMenuProps = { filters: Filters; onChange: (change: Partial<Filters>) => void };

/** Status, priority and label; the button says how many of them narrow the list. */
export function FilterMenu({ filters, onChange }: FilterMenuProps) {
    const { t } = useTranslation("conversations");
    const { labels } = useLabels();
    const active = [filters.status !== "active", filters.priority, filters.label].filter(Boolean).length;
    return (
        <Popover>
            <PopoverTrigger asChild>
                <Button
                    variant="ghost"
                    size="icon-sm"
                    className="relative"
                    aria-label={active ? t("list.filtersActive", { count: active }) : t("list.filters")}
                >
                    <ListFilter aria-hidden />
                    {active > 0 && (
                        <span
                            aria-hidden
                            className="absolute -top-0.5 -right-0.5 grid size-4 place-items-center rounded-full bg-primary text-[0.625rem] font-semibold text-primary-foreground"
                        >
                            {active}
                        </span>
                    )}
                </Button>
            </PopoverTrigger>
            <PopoverContent align="end" className="grid gap-3" aria-label={t("list.filters")}>
                <Field label={t("status.label")}>
                    <Select
                        value={filters.status}
                        onChange={(event) => onChange({ status: event.target.value as Status })}
                    >
                        <option value="active">{t("status.activeMany")}</option>
                        <option value="archived">{t("status.archivedMany")}</option>
                    </Select>
                </Field>
                <Field label={t("priority.label")}>
                    <Select
                        value={filters.priority ?? ""}
                        onChange={(event) => onChange({ priority: (event.target.value || null) as Priority | null })}
                    >
                        <option value="">{t("list.anyPriority")}</option>
                        {PRIORITIES.map((priority) => (
                            <option key={priority} value={priority}>
                                {t(`priority.${priority}`)}
                            </option>
                        ))}
                    </Select>
                </Field>
                <Field label={t("labels")}>
                    <Select
                        value={filters.label ?? ""}
                        onChange={(event) => onChange({ label: event.target.value || null })}
                    >
                        <option value="">{t("list.anyLabel")}</option>
                        {labels.map((label) => (
                            <option key={label.id} value={label.id}>
                                {label.name}
                            </option>
                        ))}
                    </Select>
                </Field>
                {active > 0 && (
                    <Button
                        variant="outline"
                        size="sm"
                        onClick={() => onChange({ status: "active", priority: null, label: null })}
                    >
                        {t("list.clearFilters")}
                    </Button>
                )}
            </PopoverContent>
        </Popover>
    );
}
