import { zodResolver } from "@hookform/resolvers/zod";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useForm } from "react-hook-form";
import { useTranslation } from "react-i18next";
import { z } from "zod";
import { Field } from "@/ui/field";
import { Input } from "@/ui/input";
import { Select } from "@/ui/select";
import { FormDialog } from "../FormDialog";
import { placeRefusal } from "../refusals";
import type { Secret } from "../SecretDialog";
import { useFieldText } from "../useFieldText";
import { LIVES } from "./life";
import { createServiceToken, SCOPES, TOKENS_KEY } from "./queries";
import { ScopeField } from "./ScopeField";

const FOREVER = "forever";
const tokenOf = z.object({
    name: z.string().trim().min(1, "missing").max(100, "tooLong"),
    scopes: z.array(z.enum(SCOPES)).min(1, "noScopes"),
    life: z.string(),
});
type Values = z.infer<typeof tokenOf>;

type TokenDialogProps = { onSecret: (secret: Secret) => void; onClose: () => void };

/** A token for an integration: what it is called, what it opens, and for how long. */
export function TokenDialog({ onSecret, onClose }: TokenDialogProps) {
    const { t } = useTranslation("administration");
    const say = useFieldText();
    const client = useQueryClient();
    const [unplaced, setUnplaced] = useState<unknown>(null);
    const defaultValues = { name: "", scopes: [], life: "365" };
    const form = useForm<Values>({ resolver: zodResolver(tokenOf), defaultValues });
    const saving = useMutation({
        mutationFn: ({ name, scopes, life }: Values) =>
            createServiceToken({ name, scopes, expires_in_days: life === FOREVER ? null : Number(life) }),
        onMutate: () => setUnplaced(null),
        onSuccess: ({ token, secret }) => {
            void client.invalidateQueries({ queryKey: TOKENS_KEY });
            const title = t("tokens.created", { name: token.name });
            onSecret({ title, text: t("tokens.createdText"), shown: [[t("tokens.token"), secret]] });
            onClose();
        },
        onError: (error) => placeRefusal(error, ["name", "scopes"], form.setError) || setUnplaced(error),
    });
    const { errors } = form.formState;
    return (
        <FormDialog
            title={t("tokens.new")}
            text={t("tokens.newText")}
            confirm={t("tokens.create")}
            isSaving={saving.isPending}
            refusal={unplaced}
            onSubmit={(event) => void form.handleSubmit((values) => saving.mutate(values))(event)}
            onClose={onClose}
        >
            <Field label={t("tokens.name")} hint={t("tokens.nameHint")} error={say(errors.name)}>
                <Input autoComplete="off" {...form.register("name")} />
            </Field>
            <ScopeField control={form.control} name="scopes" error={say(errors.scopes)} />
            <Field label={t("tokens.life")}>
                <Select {...form.register("life")}>
                    {LIVES.map((days) => (
                        <option key={days} value={days ?? FOREVER}>
                            {days === null ? t("tokens.untilRevoked") : t("tokens.days", { count: days })}
                        </option>
                    ))}
                </Select>
            </Field>
        </FormDialog>
    );
}
