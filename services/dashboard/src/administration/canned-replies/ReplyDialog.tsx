import { zodResolver } from "@hookform/resolvers/zod";
import { useQueryClient } from "@tanstack/react-query";
import { useRef } from "react";
import { useForm, useWatch } from "react-hook-form";
import { useTranslation } from "react-i18next";
import { z } from "zod";
import { Button } from "@/ui/button";
import { Field } from "@/ui/field";
import { Input, Textarea } from "@/ui/input";
import { toast } from "@/ui/toast";
import { VersionedDialog } from "../VersionedDialog";
import { useFieldText } from "../useFieldText";
import { useVersioned } from "../useVersioned";
import { changeReply, createReply, REPLIES_KEY, type CannedReply } from "./queries";
import { ReplyPreview } from "./ReplyPreview";
import { inserted, unknownVariables, VARIABLES, type Variable } from "./variables";

const LONGEST = 65_536;
// One word, as it is typed after a slash: the API's own rule.
const SHORTCUT = /^[^\s/{}\p{C}]{1,50}$/u;

const replyOf = z.object({
    shortcut: z.string().min(1, "missing").regex(SHORTCUT, "shortcut"),
    content: z
        .string()
        .max(LONGEST, "tooLong")
        .refine((content) => content.trim() !== "", "missing")
        .refine((content) => unknownVariables(content).length === 0, "variables"),
});
type Reply = z.infer<typeof replyOf>;

const valuesOf = ({ shortcut, content }: CannedReply): Reply => ({ shortcut, content });

/** A canned reply, new or as it is, with what a patient would read. */
export function ReplyDialog({ reply, onClose }: { reply: CannedReply | null; onClose: () => void }) {
    const { t } = useTranslation("administration");
    const say = useFieldText();
    const client = useQueryClient();
    const form = useForm<Reply>({
        resolver: zodResolver(replyOf),
        defaultValues: reply ? valuesOf(reply) : { shortcut: "", content: "" },
    });
    const versioned = useVersioned({
        ...{ form, thing: reply, member: "canned_reply", fields: ["shortcut", "content"], valuesOf },
        save: (values, version) =>
            reply && version !== null ? changeReply(reply.id, version, values) : createReply(values),
        onSaved: () => {
            void client.invalidateQueries({ queryKey: REPLIES_KEY });
            toast.success(t("saved"));
            onClose();
        },
    });
    const content = useWatch({ control: form.control, name: "content" });
    const area = useRef<HTMLTextAreaElement | null>(null);
    const { ref, ...rest } = form.register("content");
    const insert = (variable: Variable) => {
        const place = area.current;
        const [start, end] = [place?.selectionStart ?? content.length, place?.selectionEnd ?? content.length];
        const [text, caret] = inserted(content, start, end, variable);
        form.setValue("content", text, { shouldDirty: true, shouldValidate: form.formState.isSubmitted });
        place?.focus();
        requestAnimationFrame(() => place?.setSelectionRange(caret, caret));
    };
    const { errors } = form.formState;
    return (
        <VersionedDialog
            wide
            title={t(reply ? "replies.edit" : "replies.new")}
            versioned={versioned}
            subject="canned_reply"
            onClose={onClose}
        >
            <Field label={t("replies.shortcut")} hint={t("replies.shortcutHint")} error={say(errors.shortcut)}>
                <Input autoComplete="off" {...form.register("shortcut")} />
            </Field>
            <Field label={t("replies.content")} error={say(errors.content)}>
                <Textarea
                    className="min-h-32"
                    ref={(element) => {
                        ref(element);
                        area.current = element;
                    }}
                    {...rest}
                />
            </Field>
            <div role="group" aria-label={t("replies.insert")} className="flex flex-wrap items-center gap-1.5">
                <span className="text-xs text-muted-foreground">{t("replies.insert")}</span>
                {VARIABLES.map((variable) => (
                    <Button key={variable} size="sm" variant="outline" onClick={() => insert(variable)}>
                        {t(`variable.${variable.replace(".", "_")}`)}
                    </Button>
                ))}
            </div>
            <ReplyPreview content={content} />
        </VersionedDialog>
    );
}
