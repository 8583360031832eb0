import { Search, SlidersHorizontal, X } from "lucide-react";
import { useTranslation } from "react-i18next";
import { Badge } from "@/ui/badge";
import { Button } from "@/ui/button";
import { cn } from "@/ui/cn";
import { Popover, PopoverContent, PopoverTrigger } from "@/ui/popover";
import { Select } from "@/ui/select";
import { useSources } from "../sources/useSources";
import { CommittedInput } from "./CommittedInput";
import { narrowing, PERIODS, REASONS, STATES, type DeadLetterFilter, type State, type TextFacet } from "./filter";

type FacetProps = { filter: DeadLetterFilter; onChange: (filter: DeadLetterFilter) => void };

const MORE: readonly TextFacet[] = ["contains", "provider_id", "conversation_id", "correlation_id", "fingerprint"];

/** What narrows the list. All of it stands in the address. */
export function FacetBar({ filter, onChange }: FacetProps) {
    const { t } = useTranslation("operations");
    const set = (facet: TextFacet) => (value: string) => onChange({ ...filter, [facet]: value || undefined });
    const count = narrowing(filter);
    return (
        <search aria-label={t("facets.label")} className="grid grid-cols-1 gap-3">
            <div className="flex flex-wrap items-center gap-2">
                <States filter={filter} onChange={onChange} />
                <div className="relative min-w-48 flex-1">
                    <Search aria-hidden className="absolute top-2.5 left-2.5 size-4 text-muted-foreground" />
                    <CommittedInput
                        label={t("facets.error")}
                        className="pl-8"
                        value={filter.error ?? ""}
                        onCommit={set("error")}
                    />
                </div>
            </div>
            <div className="grid grid-cols-2 gap-2 sm:flex sm:flex-wrap sm:items-center">
                <Choice facet="reason" value={filter.reason} options={REASONS} onChoose={set("reason")} />
                <SourceChoice filter={filter} onChange={onChange} />
                <Choice facet="since" value={filter.since} options={PERIODS} onChoose={set("since")} />
                <CommittedInput
                    label={t("facets.event_type")}
                    className="sm:w-44"
                    value={filter.event_type ?? ""}
                    onCommit={set("event_type")}
                />
                <MoreFacets filter={filter} onChange={onChange} />
                {count > 0 && (
                    <Button variant="ghost" onClick={() => onChange({ states: filter.states })}>
                        <X aria-hidden />
                        {t("facets.clear", { count })}
                    </Button>
                )}
            </div>
        </search>
    );
}

function States({ filter, onChange }: FacetProps) {
    const { t } = useTranslation("operations");
    const toggle = (state: State) => {
        const states = filter.states.includes(state)
            ? filter.states.filter((one) => one !== state)
            : [...filter.states, state];
        onChange({ ...filter, states: STATES.filter((one) => states.includes(one)) });
    };
    return (
        <div
            role="group"
            aria-label={t("facets.states")}
            className="flex max-w-full overflow-x-auto rounded-md border bg-card p-0.5"
        >
            <StateButton pressed={filter.states.length === 0} onClick={() => onChange({ ...filter, states: [] })}>
                {t("facets.all")}
            </StateButton>
            {STATES.map((state) => (
                <StateButton key={state} pressed={filter.states.includes(state)} onClick={() => toggle(state)}>
                    {t(`states.${state}`)}
                </StateButton>
            ))}
        </div>
    );
}

function StateButton({ pressed, ...rest }: { pressed: boolean; onClick: () => void; children: string }) {
    return (
        <button
            type="button"
            aria-pressed={pressed}
            className={cn(
                "h-7.5 rounded px-2.5 text-[0.8125rem] font-medium whitespace-nowrap text-muted-foreground hover:text-foreground focus-visible:-outline-offset-2",
                pressed && "bg-primary-soft text-primary-text hover:text-primary-text",
            )}
            {...rest}
        />
    );
}

type ChoiceProps = {
    facet: "reason" | "since";
    value: string | undefined;
    options: readonly string[];
    onChoose: (value: string) => void;
};

function Choice({ facet, value = "", options, onChoose }: ChoiceProps) {
    const { t } = useTranslation("operations");
    const others = value !== "" && !options.includes(value) ? [value] : [];
    return (
        <Select
            aria-label={t(`facets.${facet}`)}
            className="sm:w-44"
            value={value}
            onChange={(event) => onChoose(event.target.value)}
        >
            <option value="">{t(`facets.any.${facet}`)}</option>
            {[...options, ...others].map((option) => (
                <option key={option} value={option}>
                    {t(`${facet === "reason" ? "reasons" : "periods"}.${option}`, { defaultValue: option })}
                </option>
            ))}
        </Select>
    );
}

function SourceChoice({ filter, onChange }: FacetProps) {
    const { t } = useTranslation("operations");
    const sources = useSources().data ?? [];
    return (
        <Select
            aria-label={t("facets.source")}
            className="sm:w-44"
            value={filter.source_id ?? (filter.source ? `kind:${filter.source}` : "")}
            onChange={({ target }) => onChange({ ...filter, ...sourceFacets(target.value) })}
        >
            <option value="">{t("facets.any.source")}</option>
            <option value="kind:evolution">{t("facets.allEvolution")}</option>
            <option value="kind:n8n">{t("facets.allN8n")}</option>
            {sources.map(({ id, name }) => (
                <option key={id} value={id}>
                    {name}
                </option>
            ))}
        </Select>
    );
}

function sourceFacets(value: string): Partial<DeadLetterFilter> {
    const kind = value.startsWith("kind:") ? value.slice("kind:".length) : undefined;
    return { source: kind, source_id: kind || value === "" ? undefined : value };
}

function MoreFacets({ filter, onChange }: FacetProps) {
    const { t } = useTranslation("operations");
    const used = MORE.filter((facet) => filter[facet]).length + (filter.minFailures ? 1 : 0);
    return (
        <Popover>
            <PopoverTrigger asChild>
                <Button variant="outline">
                    <SlidersHorizontal aria-hidden />
                    {t("facets.more")}
                    {used > 0 && <Badge>{used}</Badge>}
                </Button>
            </PopoverTrigger>
            <PopoverContent className="grid w-80 gap-3" align="start">
                {MORE.map((facet) => (
                    <CommittedInput
                        key={facet}
                        labelled
                        label={t(`facets.${facet}`)}
                        hint={facet === "contains" ? t("facets.containsHint") : undefined}
                        value={filter[facet] ?? ""}
                        onCommit={(value) => onChange({ ...filter, [facet]: value || undefined })}
                    />
                ))}
                <CommittedInput
                    labelled
                    label={t("facets.min_failures")}
                    inputMode="numeric"
                    value={filter.minFailures ? String(filter.minFailures) : ""}
                    onCommit={(value) => onChange({ ...filter, minFailures: Number.parseInt(value, 10) || undefined })}
                />
            </PopoverContent>
        </Popover>
    );
}
