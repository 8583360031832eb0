import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { TriangleAlert } from "lucide-react";
import { type FormEvent, useState } from "react";
import { useTranslation } from "react-i18next";
import { answer, api, type Schemas } from "@/api/client";
import { useLanguage } from "@/i18n/useTimes";
import { isConfirmed } from "@/operations/dead-letters/confirmation";
import { Field } from "@/ui/field";
import { Input } from "@/ui/input";
import { Region } from "@/ui/region";
import { Skeleton } from "@/ui/skeleton";
import { toast } from "@/ui/toast";
import { FormDialog } from "../FormDialog";
import { bodyOf, daysIn, RETENTION_KEY, type Rule } from "./queries";

type RuleDialogProps = {
    rule: Rule;
    bounds: Pick<Schemas["Retention"], "fewest_days" | "most_days">;
    onClose: () => void;
};

/** After how many days a class is deleted. Before anything is, one is told how much, and types that number. */
export function RuleDialog({ rule, bounds, onClose }: RuleDialogProps) {
    const { t } = useTranslation("administration");
    const number = new Intl.NumberFormat(useLanguage());
    const client = useQueryClient();
    const [text, setText] = useState(rule.days?.toString() ?? "");
    const [typed, setTyped] = useState("");
    const [tried, setTried] = useState(false);
    const days = daysIn(text, bounds);
    const plan = usePlan(rule.class, days ?? null);
    const count = days === null ? 0 : (plan.data ?? null);
    const confirmed = count === 0 || (count !== null && isConfirmed(typed, count));
    const saving = useMutation({
        mutationFn: (value: number | null) =>
            answer(api.PATCH("/api/retention", { body: bodyOf(rule.class, value, false) })),
        onSuccess: async () => {
            toast.success(t("saved"));
            onClose();
            await client.invalidateQueries({ queryKey: RETENTION_KEY });
        },
    });
    const submit = (event: FormEvent) => {
        event.preventDefault();
        setTried(true);
        if (days !== undefined && confirmed && !saving.isPending) saving.mutate(days);
    };
    return (
        <FormDialog
            title={t(`class.${rule.class}.name`)}
            text={t(`class.${rule.class}.text`)}
            isSaving={saving.isPending}
            refusal={saving.error}
            onSubmit={submit}
            onClose={onClose}
        >
            <Field
                label={t("retention.after")}
                hint={t("retention.afterHint", { fewest: bounds.fewest_days, most: number.format(bounds.most_days) })}
                error={tried && days === undefined ? t("retention.noDays", { fewest: bounds.fewest_days }) : undefined}
            >
                <Input inputMode="numeric" value={text} onChange={(event) => setText(event.target.value)} />
            </Field>
            {typeof days === "number" && (
                <Region query={plan} skeleton={<Skeleton className="h-16" />}>
                    {(found) => (
                        <p className="flex items-start gap-2 rounded-md bg-warning-soft px-3 py-2 text-[0.8125rem] text-warning">
                            <TriangleAlert aria-hidden className="mt-0.5 size-4 shrink-0" />
                            {t("retention.plan", { count: found, number: number.format(found) })}
                        </p>
                    )}
                </Region>
            )}
            {count !== null && count > 0 && (
                <Field
                    label={t("retention.type", { number: number.format(count) })}
                    error={tried && !confirmed ? t("retention.mistyped") : undefined}
                >
                    <Input
                        inputMode="numeric"
                        autoComplete="off"
                        value={typed}
                        onChange={(event) => setTyped(event.target.value)}
                    />
                </Field>
            )}
        </FormDialog>
    );
}

/** How much a rule would delete now; nothing is asked where it would keep everything. */
function usePlan(kind: Rule["class"], days: number | null) {
    return useQuery({
        queryKey: ["administration", "retention-plan", kind, days],
        queryFn: async ({ signal }) => {
            const body = bodyOf(kind, days, true);
            const { would_delete: older } = await answer(api.PATCH("/api/retention", { body, signal }));
            return older?.find((one) => one.class === kind)?.count ?? 0;
        },
        enabled: days !== null,
        staleTime: 0,
        gcTime: 0,
    });
}
