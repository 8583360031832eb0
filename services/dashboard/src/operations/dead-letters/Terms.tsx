import { useId } from "react";
import { useTranslation } from "react-i18next";
import { Checkbox } from "@/ui/checkbox";
import { Field, Label } from "@/ui/field";
import { Input } from "@/ui/input";
import type { ReplayTerms } from "./plan";

type TermsProps = { terms: ReplayTerms; onChange: (terms: ReplayTerms) => void };

/** How fast a replay goes, when it stops by itself, and whether a patient may get something twice. */
export function Terms({ terms, onChange }: TermsProps) {
    const { t } = useTranslation("operations");
    const id = useId();
    return (
        <div className="grid grid-cols-1 gap-3">
            <div className="grid grid-cols-2 items-start gap-3">
                <Field label={t("terms.rate")} hint={t("terms.rateHint")}>
                    <Input
                        type="number"
                        min={1}
                        max={1000}
                        value={terms.rate}
                        onChange={({ target }) => onChange({ ...terms, rate: Math.max(1, target.valueAsNumber || 1) })}
                    />
                </Field>
                <Field label={t("terms.maxFailures")} hint={t("terms.maxFailuresHint")}>
                    <Input
                        type="number"
                        min={1}
                        value={terms.maxFailures}
                        onChange={({ target }) =>
                            onChange({ ...terms, maxFailures: Math.max(1, target.valueAsNumber || 1) })
                        }
                    />
                </Field>
            </div>
            <div className="flex items-start gap-2">
                <Checkbox
                    id={id}
                    className="mt-0.5"
                    checked={terms.acceptDuplicates}
                    onCheckedChange={(checked) => onChange({ ...terms, acceptDuplicates: checked === true })}
                />
                <Label htmlFor={id} className="font-normal">
                    {t("terms.acceptDuplicates")}
                </Label>
            </div>
        </div>
    );
}
