import { type Control, Controller, type FieldPathByValue, type FieldValues } from "react-hook-form";
import { useTranslation } from "react-i18next";
import { Checkbox } from "@/ui/checkbox";
import { Label } from "@/ui/field";
import { type Scope, SCOPES } from "./queries";

type ScopeFieldProps<V extends FieldValues> = {
    control: Control<V>;
    name: FieldPathByValue<V, Scope[]>;
    error: string | undefined;
};

/** What an integration may do: as little as it needs, so nothing is chosen beforehand. */
export function ScopeField<V extends FieldValues>({ control, name, error }: ScopeFieldProps<V>) {
    const { t } = useTranslation("administration");
    return (
        <Controller
            control={control}
            name={name}
            render={({ field }) => (
                <fieldset className="grid grid-cols-1 gap-2">
                    <legend className="mb-1.5 text-[0.8125rem] font-medium">{t("tokens.scopes")}</legend>
                    {SCOPES.map((scope) => (
                        <Label key={scope} className="flex items-start gap-2 font-normal">
                            <Checkbox
                                checked={chosen(field.value).includes(scope)}
                                onCheckedChange={(checked) => {
                                    const others = chosen(field.value).filter((other) => other !== scope);
                                    field.onChange(checked === true ? [...others, scope] : others);
                                }}
                            />
                            <span className="grid gap-0.5">
                                <span>{t(`scope.${scope.replace(":", "_")}`)}</span>
                                <code className="text-xs text-muted-foreground">{scope}</code>
                            </span>
                        </Label>
                    ))}
                    {error && (
                        <p role="alert" className="text-[0.8125rem] text-destructive">
                            {error}
                        </p>
                    )}
                </fieldset>
            )}
        />
    );
}

const chosen = (value: readonly Scope[]): readonly Scope[] => value;
