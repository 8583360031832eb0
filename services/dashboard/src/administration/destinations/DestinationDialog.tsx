import { zodResolver } from "@hookform/resolvers/zod";
import { useQueryClient } from "@tanstack/react-query";
import { Controller, useForm } from "react-hook-form";
import { useTranslation } from "react-i18next";
import { z } from "zod";
import { Checkbox } from "@/ui/checkbox";
import { Field, Label } from "@/ui/field";
import { Input } from "@/ui/input";
import { toast } from "@/ui/toast";
import { VersionedDialog } from "../VersionedDialog";
import type { Secret } from "../SecretDialog";
import { useFieldText } from "../useFieldText";
import { useVersioned } from "../useVersioned";
import { changeDestination, createDestination, DESTINATIONS_KEY, EVENTS, type Destination } from "./queries";

const destinationOf = z.object({
    name: z.string().trim().min(1, "missing").max(100, "tooLong"),
    url: z.url({ protocol: /^https?$/, error: "url" }),
    events: z.array(z.enum(EVENTS)).min(1, "noEvents"),
});
type Values = z.infer<typeof destinationOf>;

const valuesOf = ({ name, url, events }: Destination): Values => ({ name, url, events });

type DestinationDialogProps = {
    destination: Destination | null;
    onSecret: (secret: Secret) => void;
    onClose: () => void;
};

export function DestinationDialog({ destination, onSecret, onClose }: DestinationDialogProps) {
    const { t } = useTranslation("administration");
    const say = useFieldText();
    const client = useQueryClient();
    const form = useForm<Values>({
        resolver: zodResolver(destinationOf),
        defaultValues: destination ? valuesOf(destination) : { name: "", url: "", events: ["message.created"] },
    });
    const save = async (values: Values, version: number | null) => {
        if (destination && version !== null) return changeDestination(destination.id, version, values);
        const { secret } = await createDestination({ ...values, enabled: true });
        const text = t("destinations.secretText");
        onSecret({ title: t("destinations.created"), text, shown: [[t("destinations.secret"), secret]] });
    };
    const versioned = useVersioned({
        ...{ form, thing: destination, member: "destination", fields: ["name", "url", "events"], valuesOf, save },
        onSaved: () => {
            void client.invalidateQueries({ queryKey: DESTINATIONS_KEY });
            toast.success(t("saved"));
            onClose();
        },
    });
    const { errors } = form.formState;
    return (
        <VersionedDialog
            title={t(destination ? "destinations.edit" : "destinations.new")}
            versioned={versioned}
            subject="webhook_destination"
            onClose={onClose}
        >
            <Field label={t("destinations.name")} error={say(errors.name)}>
                <Input autoComplete="off" {...form.register("name")} />
            </Field>
            <Field label={t("destinations.url")} hint={t("destinations.urlHint")} error={say(errors.url)}>
                <Input type="url" inputMode="url" placeholder="https://" {...form.register("url")} />
            </Field>
            <Controller
                control={form.control}
                name="events"
                render={({ field }) => (
                    <fieldset className="grid grid-cols-1 gap-2">
                        <legend className="mb-1.5 text-[0.8125rem] font-medium">{t("destinations.events")}</legend>
                        {EVENTS.map((event) => (
                            <Label key={event} className="flex items-start gap-2 font-normal">
                                <Checkbox
                                    checked={field.value.includes(event)}
                                    onCheckedChange={(checked) => {
                                        const others = field.value.filter((other) => other !== event);
                                        field.onChange(checked === true ? [...others, event] : others);
                                    }}
                                />
                                <span className="grid gap-0.5">
                                    <code>{event}</code>
                                    <span className="text-muted-foreground">
                                        {t(`event.${event.replace(".", "_")}`)}
                                    </span>
                                </span>
                            </Label>
                        ))}
                        {errors.events && (
                            <p role="alert" className="text-[0.8125rem] text-destructive">
                                {say(errors.events)}
                            </p>
                        )}
                    </fieldset>
                )}
            />
        </VersionedDialog>
    );
}
