import { zodResolver } from "@hookform/resolvers/zod";
import { useQueryClient } from "@tanstack/react-query";
import { Check } from "lucide-react";
import { useForm, useWatch } from "react-hook-form";
import { useTranslation } from "react-i18next";
import { z } from "zod";
import { Field } from "@/ui/field";
import { Input } from "@/ui/input";
import { toast } from "@/ui/toast";
import { VersionedDialog } from "../VersionedDialog";
import { useFieldText } from "../useFieldText";
import { useVersioned } from "../useVersioned";
import { COLOUR, PALETTE } from "./colours";
import { LabelChip } from "./LabelChip";
import { changeLabel, createLabel, LABELS_KEY, type Label } from "./queries";

const labelOf = z.object({
    name: z
        .string()
        .trim()
        .min(1, "missing")
        .max(50, "tooLong")
        .regex(/^\P{C}*$/u, "line"),
    colour: z.string().regex(COLOUR, "colour"),
});
type LabelValues = z.infer<typeof labelOf>;

const valuesOf = ({ name, colour }: Label): LabelValues => ({ name, colour });

type LabelDialogProps = { label: Label | null; freshColour: string; onClose: () => void };

export function LabelDialog({ label, freshColour, onClose }: LabelDialogProps) {
    const { t } = useTranslation("administration");
    const say = useFieldText();
    const client = useQueryClient();
    const form = useForm<LabelValues>({
        resolver: zodResolver(labelOf),
        defaultValues: label ? valuesOf(label) : { name: "", colour: freshColour },
    });
    const versioned = useVersioned({
        ...{ form, thing: label, member: "label", fields: ["name", "colour"], valuesOf },
        save: (values, version) =>
            label && version !== null ? changeLabel(label.id, version, values) : createLabel(values),
        onSaved: () => {
            void client.invalidateQueries({ queryKey: LABELS_KEY });
            toast.success(t("saved"));
            onClose();
        },
    });
    const [name, colour] = useWatch({ control: form.control, name: ["name", "colour"] });
    const { errors } = form.formState;
    return (
        <VersionedDialog
            title={t(label ? "labels.edit" : "labels.new")}
            versioned={versioned}
            subject="label"
            onClose={onClose}
        >
            <Field label={t("labels.name")} error={say(errors.name)}>
                <Input autoComplete="off" maxLength={50} {...form.register("name")} />
            </Field>
            <fieldset className="grid grid-cols-1 gap-2">
                <legend className="mb-1.5 text-[0.8125rem] font-medium">{t("labels.colour")}</legend>
                <div className="flex flex-wrap items-center gap-2">
                    {PALETTE.map((one) => (
                        <Swatch
                            key={one}
                            colour={one}
                            chosen={colour.toLowerCase() === one}
                            onChoose={() => form.setValue("colour", one, { shouldDirty: true, shouldValidate: true })}
                        />
                    ))}
                    <label className="ml-1 flex items-center gap-2 text-[0.8125rem]">
                        {t("labels.other")}
                        <input type="color" className="h-8 w-10 rounded border" {...form.register("colour")} />
                    </label>
                </div>
                {errors.colour && <p className="text-[0.8125rem] text-destructive">{say(errors.colour)}</p>}
            </fieldset>
            <p className="flex items-center gap-2 text-[0.8125rem] text-muted-foreground">
                {t("labels.preview")} <LabelChip name={name || t("labels.name")} colour={colour} />
            </p>
        </VersionedDialog>
    );
}

function Swatch({ colour, chosen, onChoose }: { colour: string; chosen: boolean; onChoose: () => void }) {
    return (
        <button
            type="button"
            aria-label={colour}
            aria-pressed={chosen}
            onClick={onChoose}
            style={{ backgroundColor: colour }}
            className="grid size-8 place-items-center rounded-full text-white"
        >
            {chosen && <Check aria-hidden className="size-4" strokeWidth={3} />}
        </button>
    );
}
