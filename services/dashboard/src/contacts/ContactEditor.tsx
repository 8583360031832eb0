import { zodResolver } from "@hookform/resolvers/zod";
import { useState } from "react";
import { useForm } from "react-hook-form";
import { useTranslation } from "react-i18next";
import { isStale } from "@/api/client";
import { asProblem } from "@/api/problem";
import { Button } from "@/ui/button";
import { Field } from "@/ui/field";
import { Input } from "@/ui/input";
import { reasonKey } from "@/ui/reason";
import { toast } from "@/ui/toast";
import { changedBy, type ContactForm, contactShape, currentOf, mergedForm } from "./contact-form";
import { type Contact, useContactChange } from "./useContact";

type ContactEditorProps = { contact: Contact; onDone: () => void };

/** A contact's name and e-mail address. What somebody else changed meanwhile is shown before it is overwritten. */
export function ContactEditor({ contact, onDone }: ContactEditorProps) {
    const { t } = useTranslation("contacts");
    const ui = useTranslation("ui");
    const [known, setKnown] = useState(contact);
    const change = useContactChange(contact.id);
    const form = useForm<ContactForm>({
        resolver: zodResolver(contactShape),
        defaultValues: formOf(contact),
    });
    const { errors } = form.formState;
    const said = (key: string | undefined) => key && t(`edit.${key}`, { defaultValue: key });

    const save = async (typed: ContactForm) => {
        const { name, email } = typed;
        try {
            await change.mutateAsync({ change: { name, email: email || null }, version: known.version });
            toast.success(t("edit.saved"));
            onDone();
        } catch (error) {
            if (!isStale(error)) return;
            const now = currentOf<Contact>(error.body);
            if (!now) return;
            setKnown(now);
            form.reset(mergedForm(formOf(known), typed, formOf(now)));
        }
    };
    return (
        <form className="grid gap-3" onSubmit={(event) => void form.handleSubmit(save)(event)} noValidate>
            <Field label={t("edit.name")} error={said(errors.name?.message)}>
                <Input {...form.register("name")} autoComplete="off" />
            </Field>
            <Field label={t("edit.email")} error={said(errors.email?.message)}>
                <Input {...form.register("email")} type="email" autoComplete="off" />
            </Field>
            {change.error && (
                <p role="alert" className="text-[0.8125rem] text-destructive">
                    <Refusal error={change.error} />
                </p>
            )}
            <div className="flex justify-end gap-2">
                <Button variant="outline" size="sm" onClick={onDone}>
                    {ui.t("cancel")}
                </Button>
                <Button type="submit" size="sm" pending={change.isPending}>
                    {ui.t("save")}
                </Button>
            </div>
        </form>
    );
}

function formOf({ name, email }: Contact): ContactForm {
    return { name, email: email ?? "" };
}

function Refusal({ error }: { error: unknown }) {
    const { t } = useTranslation("contacts");
    const ui = useTranslation("ui");
    const problem = asProblem(error);
    if (!isStale(error)) return problem.field("email") ? t("edit.emailInvalid") : ui.t(reasonKey(problem.status));
    const by = changedBy(problem.body);
    const now = currentOf<Contact>(problem.body);
    return (
        <>
            {by ? t("edit.stale", { name: by }) : t("edit.staleUnknown")}
            {now && (
                <span className="mt-1 block font-medium break-words">
                    {t("edit.now", { contact: [now.name, now.email ?? t("noEmail")].join(", ") })}
                </span>
            )}
        </>
    );
}
