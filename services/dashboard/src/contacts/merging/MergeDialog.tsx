import { useState } from "react";
import { useTranslation } from "react-i18next";
import { asProblem } from "@/api/problem";
import { Button } from "@/ui/button";
import { Checkbox } from "@/ui/checkbox";
import { Dialog, DialogContent, DialogDescription, DialogFooter, DialogHeader, DialogTitle } from "@/ui/dialog";
import { Label } from "@/ui/field";
import { reasonKey } from "@/ui/reason";
import { toast } from "@/ui/toast";
import type { Contact, ContactDetail } from "../useContact";
import { Candidates } from "./Candidates";
import { MergePreview } from "./MergePreview";
import { mergeRefusal } from "./refusal";
import { useMerge } from "./useMerge";

type MergeDialogProps = { detail: ContactDetail; onClose: () => void };

/** Says that another contact is the same person. It cannot be undone, so both are looked at before. */
export function MergeDialog({ detail, onClose }: MergeDialogProps) {
    const { t } = useTranslation("contacts");
    const [gone, setGone] = useState<Contact | null>(null);
    return (
        <Dialog open onOpenChange={(open) => open || onClose()}>
            <DialogContent className="max-w-xl">
                <DialogHeader>
                    <DialogTitle>{t("merge.title", { name: detail.contact.name })}</DialogTitle>
                    <DialogDescription>
                        {gone
                            ? t("merge.means", { gone: gone.name, kept: detail.contact.name })
                            : t("merge.choose", { name: detail.contact.name })}
                    </DialogDescription>
                </DialogHeader>
                {gone ? (
                    <Decision detail={detail} gone={gone} onOther={() => setGone(null)} onClose={onClose} />
                ) : (
                    <Candidates contactId={detail.contact.id} onChoose={setGone} />
                )}
            </DialogContent>
        </Dialog>
    );
}

type DecisionProps = MergeDialogProps & { gone: Contact; onOther: () => void };

function Decision({ detail, gone, onOther, onClose }: DecisionProps) {
    const { t } = useTranslation("contacts");
    const [looked, setLooked] = useState(false);
    const merge = useMerge();
    const onMerged = () => {
        toast.success(t("merge.done", { name: detail.contact.name }));
        onClose();
    };
    // What changed meanwhile is to be looked at before it is decided once more.
    const onError = () => setLooked(false);
    const decide = () => merge.mutate({ kept: detail.contact, goneId: gone.id }, { onSuccess: onMerged, onError });
    return (
        <>
            <MergePreview kept={detail} goneId={gone.id} />
            <Label className="flex items-start gap-2 font-normal">
                <Checkbox checked={looked} onCheckedChange={(checked) => setLooked(checked === true)} />
                {t("merge.looked")}
            </Label>
            <Refusal error={merge.error} />
            <DialogFooter>
                <Button variant="outline" onClick={onOther}>
                    {t("merge.other")}
                </Button>
                <Button variant="destructive" disabled={!looked} pending={merge.isPending} onClick={decide}>
                    {t("merge.confirm")}
                </Button>
            </DialogFooter>
        </>
    );
}

function Refusal({ error }: { error: unknown }) {
    const { t } = useTranslation("contacts");
    const ui = useTranslation("ui");
    if (!error) return null;
    const refusal = mergeRefusal(error);
    return (
        <p role="alert" className="rounded-md bg-destructive-soft px-3 py-2 text-[0.8125rem] text-destructive">
            {refusal ? t(refusal.key, { name: refusal.name }) : ui.t(reasonKey(asProblem(error).status))}
        </p>
    );
}
