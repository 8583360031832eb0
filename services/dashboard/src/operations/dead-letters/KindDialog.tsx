import { zodResolver } from "@hookform/resolvers/zod";
import { useMutation } from "@tanstack/react-query";
import { useForm } from "react-hook-form";
import { useTranslation } from "react-i18next";
import { z } from "zod";
import { Button } from "@/ui/button";
import { Dialog, DialogContent, DialogDescription, DialogFooter, DialogHeader, DialogTitle } from "@/ui/dialog";
import { Field } from "@/ui/field";
import { Input, Textarea } from "@/ui/input";
import { Select } from "@/ui/select";
import { toast } from "@/ui/toast";
import { RefusalNote } from "../RefusalNote";
import type { Kind } from "./groups";
import { useRefreshDeadLetters } from "./queries";
import { changeIssue, type IssueChange } from "./useIssueChange";

const STATES = ["open", "acknowledged", "muted", "resolved"] as const;
const DISCARDS = ["keep", "never", "1h", "24h", "7d", "30d"] as const;

const decisionOf = z.object({
    state: z.enum(STATES),
    link: z.union([z.literal(""), z.url({ protocol: /^https?$/ })]),
    note: z.string().max(2000),
    discard: z.enum(DISCARDS),
});
type Decision = z.infer<typeof decisionOf>;

/** What becomes of a kind: known, silenced, resolved; where it is worked on; whether new ones are kept at all. */
export function KindDialog({ kind, onClose }: { kind: Kind; onClose: () => void }) {
    const { t } = useTranslation(["operations", "ui"]);
    const refresh = useRefreshDeadLetters();
    const form = useForm<Decision>({
        resolver: zodResolver(decisionOf),
        defaultValues: { state: kind.state, link: kind.link ?? "", note: kind.note ?? "", discard: "keep" },
    });
    const { errors } = form.formState;
    const saving = useMutation({
        mutationFn: (decision: Decision) => changeIssue(kind.fingerprint, changeOf(decision)),
        onSuccess: () => {
            toast.success(t("issue.saved"));
            onClose();
        },
        onSettled: refresh,
    });
    return (
        <Dialog open onOpenChange={(open) => open || onClose()}>
            <DialogContent>
                <form
                    className="grid gap-4"
                    noValidate
                    onSubmit={(event) => void form.handleSubmit((decision) => saving.mutate(decision))(event)}
                >
                    <DialogHeader>
                        <DialogTitle>{t("issue.decideTitle")}</DialogTitle>
                        <DialogDescription className="break-words">{kind.errorMessage}</DialogDescription>
                    </DialogHeader>
                    <Field label={t("issue.state")} hint={t("issue.stateHint")}>
                        <Select {...form.register("state")}>
                            {STATES.map((state) => (
                                <option key={state} value={state}>
                                    {t(`issueState.${state}`)}
                                </option>
                            ))}
                        </Select>
                    </Field>
                    <Field label={t("issue.link")} error={errors.link && t("issue.noLink")}>
                        <Input type="url" inputMode="url" placeholder="https://" {...form.register("link")} />
                    </Field>
                    <Field label={t("issue.note")}>
                        <Textarea {...form.register("note")} />
                    </Field>
                    <Field label={t("issue.discard")} hint={t("issue.discardHint")}>
                        <Select {...form.register("discard")}>
                            {DISCARDS.map((choice) => (
                                <option key={choice} value={choice}>
                                    {t(`discards.${choice}`)}
                                </option>
                            ))}
                        </Select>
                    </Field>
                    <RefusalNote error={saving.error} />
                    <DialogFooter>
                        <Button variant="outline" onClick={onClose}>
                            {t("cancel", { ns: "ui" })}
                        </Button>
                        <Button type="submit" pending={saving.isPending}>
                            {t("save", { ns: "ui" })}
                        </Button>
                    </DialogFooter>
                </form>
            </DialogContent>
        </Dialog>
    );
}

function changeOf({ state, link, note, discard }: Decision): IssueChange {
    const until = discard === "keep" ? {} : { discard_until: discard === "never" ? null : discard };
    return { state, link: link || null, note: note.trim() || null, ...until };
}
