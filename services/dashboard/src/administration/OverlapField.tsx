import { useTranslation } from "react-i18next";
import { Field } from "@/ui/field";
import { Select } from "@/ui/select";

export const OVERLAPS = [86_400, 3600, 604_800, 0] as const;

type OverlapFieldProps = { value: number; hint: string; onChange: (seconds: number) => void };

/** For how long a token goes on beside the one that takes its place. */
export function OverlapField({ value, hint, onChange }: OverlapFieldProps) {
    const { t } = useTranslation("administration");
    return (
        <Field label={t("overlapLabel")} hint={hint}>
            <Select value={value} onChange={(event) => onChange(Number(event.target.value))}>
                {OVERLAPS.map((seconds) => (
                    <option key={seconds} value={seconds}>
                        {t(`overlap.${seconds}`)}
                    </option>
                ))}
            </Select>
        </Field>
    );
}
