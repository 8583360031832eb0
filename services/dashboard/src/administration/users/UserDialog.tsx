import { zodResolver } from "@hookform/resolvers/zod";
import { useQueryClient } from "@tanstack/react-query";
import { useForm, useWatch } from "react-hook-form";
import { useTranslation } from "react-i18next";
import { z } from "zod";
import { Field } from "@/ui/field";
import { Input } from "@/ui/input";
import { Select } from "@/ui/select";
import { toast } from "@/ui/toast";
import { VersionedDialog } from "../VersionedDialog";
import type { Secret } from "../SecretDialog";
import { useFieldText } from "../useFieldText";
import { useVersioned } from "../useVersioned";
import { changeUser, createUser, ROLES, USERS_KEY, type KeptUser } from "./queries";

const userOf = z.object({
    name: z.string().trim().min(1, "missing").max(255, "tooLong"),
    email: z.email("email").max(254, "tooLong"),
    role: z.enum(["admin", "operator", "supervisor", "agent"]),
});
type Values = z.infer<typeof userOf>;

const valuesOf = ({ name, email, role }: KeptUser): Values => ({ name, email, role });

type UserDialogProps = { user: KeptUser | null; onSecret: (secret: Secret) => void; onClose: () => void };

/** Somebody who signs in, new or as they are. A new one's password is made, and shown once. */
export function UserDialog({ user, onSecret, onClose }: UserDialogProps) {
    const { t } = useTranslation("administration");
    const say = useFieldText();
    const client = useQueryClient();
    const form = useForm<Values>({
        resolver: zodResolver(userOf),
        defaultValues: user ? valuesOf(user) : { name: "", email: "", role: "agent" },
    });
    const save = async ({ name, email, role }: Values, version: number | null) => {
        if (user && version !== null) return changeUser(user.id, version, { name, role });
        const made = await createUser({ name, email, role, password: null });
        const shown = [[t("users.email"), email] as const, [t("users.password"), made.password ?? ""] as const];
        onSecret({ title: t("users.created", { name }), text: t("users.createdText"), shown });
    };
    const versioned = useVersioned({
        ...{ form, thing: user, member: "user", fields: ["name", "email", "role"], valuesOf, save },
        onSaved: () => {
            void client.invalidateQueries({ queryKey: USERS_KEY });
            toast.success(t("saved"));
            onClose();
        },
    });
    const role = useWatch({ control: form.control, name: "role" });
    const { errors } = form.formState;
    return (
        <VersionedDialog
            title={user ? t("users.edit", { name: user.name }) : t("users.new")}
            versioned={versioned}
            subject="user"
            onClose={onClose}
        >
            <Field label={t("users.name")} error={say(errors.name)}>
                <Input autoComplete="off" {...form.register("name")} />
            </Field>
            <Field label={t("users.email")} error={say(errors.email)} hint={user ? t("users.emailStays") : undefined}>
                <Input type="email" autoComplete="off" readOnly={user !== null} {...form.register("email")} />
            </Field>
            <Field label={t("users.role")} hint={t(`roleMay.${role}`)} error={say(errors.role)}>
                <Select {...form.register("role")}>
                    {ROLES.map((one) => (
                        <option key={one} value={one}>
                            {t(`role.${one}`)}
                        </option>
                    ))}
                </Select>
            </Field>
        </VersionedDialog>
    );
}
