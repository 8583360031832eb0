import { useMutation } from "@tanstack/react-query";
import { type FormEvent, type ReactNode, useState } from "react";
import { useTranslation } from "react-i18next";
import { Button } from "@/ui/button";
import { Dialog, DialogContent, DialogDescription, DialogFooter, DialogHeader, DialogTitle } from "@/ui/dialog";
import { Field } from "@/ui/field";
import { Textarea } from "@/ui/input";
import { RefusalNote } from "./RefusalNote";

const LONGEST_REASON = 1000;

export type ReasonDialogProps = {
    title: string;
    text: ReactNode;
    confirm: string;
    destructive?: boolean;
    /** Further choices, above the reason. */
    children?: ReactNode;
    onClose: () => void;
    onConfirm: (reason: string) => Promise<unknown>;
};

/** Something that is done only with a reason, which stays in the audit log. Stays open, saying why, where it is refused. */
export function ReasonDialog({ title, text, confirm, destructive, children, onClose, onConfirm }: ReasonDialogProps) {
    const { t } = useTranslation(["operations", "ui"]);
    const [reason, setReason] = useState("");
    const [missing, setMissing] = useState(false);
    const doing = useMutation({ mutationFn: onConfirm, onSuccess: onClose });
    const submit = (event: FormEvent) => {
        event.preventDefault();
        setMissing(reason.trim() === "");
        if (reason.trim() !== "" && !doing.isPending) doing.mutate(reason.trim());
    };
    return (
        <Dialog open onOpenChange={(open) => open || onClose()}>
            <DialogContent>
                <form className="grid gap-4" onSubmit={submit} noValidate>
                    <DialogHeader>
                        <DialogTitle>{title}</DialogTitle>
                        <DialogDescription>{text}</DialogDescription>
                    </DialogHeader>
                    {children}
                    <Field
                        label={t("reason.label")}
                        hint={t("reason.hint")}
                        error={missing && reason.trim() === "" ? t("reason.missing") : undefined}
                    >
                        <Textarea
                            value={reason}
                            maxLength={LONGEST_REASON}
                            onChange={(event) => setReason(event.target.value)}
                        />
                    </Field>
                    <RefusalNote error={doing.error} />
                    <DialogFooter>
                        <Button variant="outline" onClick={onClose}>
                            {t("cancel", { ns: "ui" })}
                        </Button>
                        <Button
                            type="submit"
                            variant={destructive ? "destructive" : "default"}
                            pending={doing.isPending}
                        >
                            {confirm}
                        </Button>
                    </DialogFooter>
                </form>
            </DialogContent>
        </Dialog>
    );
}
