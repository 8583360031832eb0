import { zodResolver } from "@hookform/resolvers/zod";
import { useQueryClient } from "@tanstack/react-query";
import { Controller, useForm, useWatch, type UseFormReturn } from "react-hook-form";
import { useTranslation } from "react-i18next";
import { SOURCES_KEY } from "@/operations/sources/useSources";
import { Checkbox } from "@/ui/checkbox";
import { Field, Label } from "@/ui/field";
import { Input } from "@/ui/input";
import { Select } from "@/ui/select";
import { toast } from "@/ui/toast";
import { VersionedDialog } from "../VersionedDialog";
import type { Secret } from "../SecretDialog";
import { useFieldText } from "../useFieldText";
import { useVersioned } from "../useVersioned";
import { changeSource, createSource, type SourceDetail } from "./queries";
import { ACCEPTS, change, creation, NEW_SOURCE, sourceFormOf, valuesOf, type SourceValues } from "./source-form";
import { tokenSecret } from "./token-secret";

/** How the API names what the form asks. */
const FIELDS = ["name", "accepts"] as const;

type SourceDialogProps = { source: SourceDetail | null; onSecret: (secret: Secret) => void; onClose: () => void };

/** An instance or integration, new or as it is. */
export function SourceDialog({ source, onSecret, onClose }: SourceDialogProps) {
    const { t } = useTranslation("administration");
    const client = useQueryClient();
    const begun = source ? valuesOf(source) : NEW_SOURCE;
    const form = useForm<SourceValues>({ resolver: zodResolver(sourceFormOf), defaultValues: begun });
    const save = async (values: SourceValues, version: number | null) => {
        if (source && version !== null) return changeSource(source.id, version, change(begun, values));
        const made = await createSource(creation(values));
        onSecret(tokenSecret(t("sources.created", { name: made.source.name }), t("sources.createdText"), made, t));
    };
    const versioned = useVersioned({
        ...{ form, thing: source, member: "source", fields: FIELDS, valuesOf, save },
        onSaved: () => {
            void client.invalidateQueries({ queryKey: SOURCES_KEY });
            toast.success(t("saved"));
            onClose();
        },
    });
    return (
        <VersionedDialog
            wide
            title={source ? t("sources.edit", { name: source.name }) : t("sources.new")}
            versioned={versioned}
            subject="source"
            onClose={onClose}
        >
            <Fields form={form} isNew={source === null} hasKey={source?.has_api_key ?? false} />
        </VersionedDialog>
    );
}

type FieldsProps = { form: UseFormReturn<SourceValues>; isNew: boolean; hasKey: boolean };

function Fields({ form, isNew, hasKey }: FieldsProps) {
    const { t } = useTranslation("administration");
    const say = useFieldText();
    const { errors } = form.formState;
    const kind = useWatch({ control: form.control, name: "kind" });
    return (
        <div className="grid gap-4 sm:grid-cols-2">
            {isNew && (
                <Field label={t("sources.kind")}>
                    <Select {...form.register("kind")}>
                        <option value="evolution">{t("sourceKind.evolution")}</option>
                        <option value="n8n">{t("sourceKind.n8n")}</option>
                    </Select>
                </Field>
            )}
            <Field
                label={t("sources.name")}
                hint={kind === "evolution" ? t("sources.nameHint") : undefined}
                error={say(errors.name)}
            >
                <Input autoComplete="off" {...form.register("name")} />
            </Field>
            <Field label={t("sources.rate")} hint={t("sources.rateHint")} error={say(errors.ratePerSecond)}>
                <Input inputMode="numeric" {...form.register("ratePerSecond")} />
            </Field>
            {kind === "evolution" && <InstanceFields form={form} hasKey={hasKey} />}
            {!isNew && (
                <Controller
                    control={form.control}
                    name="active"
                    render={({ field }) => (
                        <Ticked
                            label={t("sources.active")}
                            text={t("sources.activeHint")}
                            checked={field.value}
                            onChange={field.onChange}
                        />
                    )}
                />
            )}
        </div>
    );
}

function InstanceFields({ form, hasKey }: Pick<FieldsProps, "form" | "hasKey">) {
    const { t } = useTranslation("administration");
    const say = useFieldText();
    const { errors } = form.formState;
    return (
        <>
            <Field label={t("sources.sends")} hint={t("sources.sendsHint")} error={say(errors.sendsPerSecond)}>
                <Input inputMode="decimal" {...form.register("sendsPerSecond")} />
            </Field>
            <Field label={t("sources.version")}>
                <Select {...form.register("apiVersion")}>
                    <option value="v2">v2</option>
                    <option value="v1">v1</option>
                </Select>
            </Field>
            <Field label={t("sources.url")} hint={t("sources.urlHint")} error={say(errors.apiUrl)}>
                <Input type="url" inputMode="url" placeholder="https://" {...form.register("apiUrl")} />
            </Field>
            <Field
                label={t("sources.key")}
                hint={t(hasKey ? "sources.keyKept" : "sources.keyHint")}
                error={say(errors.apiKey)}
            >
                <Input type="password" autoComplete="new-password" {...form.register("apiKey")} />
            </Field>
            <Controller
                control={form.control}
                name="accepts"
                render={({ field }) => (
                    <fieldset className="grid content-start gap-2 sm:col-span-2">
                        <legend className="mb-1.5 text-[0.8125rem] font-medium">{t("sources.accepts")}</legend>
                        <div className="flex flex-wrap gap-x-6 gap-y-2">
                            {ACCEPTS.map((one) => (
                                <Ticked
                                    key={one}
                                    label={t(`accepts.${one}`)}
                                    checked={field.value.includes(one)}
                                    onChange={(checked) => {
                                        const others = field.value.filter((other) => other !== one);
                                        field.onChange(checked ? [...others, one] : others);
                                    }}
                                />
                            ))}
                        </div>
                    </fieldset>
                )}
            />
        </>
    );
}

type TickedProps = { label: string; text?: string; checked: boolean; onChange: (checked: boolean) => void };

function Ticked({ label, text, checked, onChange }: TickedProps) {
    return (
        <Label className="flex items-start gap-2 font-normal">
            <Checkbox checked={checked} onCheckedChange={(value) => onChange(value === true)} />
            <span className="grid gap-0.5">
                {label}
                {text && <span className="text-muted-foreground">{text}</span>}
            </span>
        </Label>
    );
}
