import { useTranslation } from "react-i18next";
import { Button } from "@/ui/button";
import { Dialog, DialogContent, DialogDescription, DialogFooter, DialogHeader, DialogTitle } from "@/ui/dialog";

/** Nobody knows whether the patient got this reply: sending it again is somebody's decision. */
export function DuplicateDialog({ onClose, onConfirm }: { onClose: () => void; onConfirm: () => void }) {
    const { t } = useTranslation(["operations", "ui"]);
    const confirm = () => {
        onConfirm();
        onClose();
    };
    return (
        <Dialog open onOpenChange={(open) => open || onClose()}>
            <DialogContent>
                <DialogHeader>
                    <DialogTitle>{t("duplicate.title")}</DialogTitle>
                    <DialogDescription>{t("duplicate.text")}</DialogDescription>
                </DialogHeader>
                <DialogFooter>
                    <Button variant="outline" onClick={onClose}>
                        {t("cancel", { ns: "ui" })}
                    </Button>
                    <Button variant="destructive" onClick={confirm}>
                        {t("duplicate.confirm")}
                    </Button>
                </DialogFooter>
            </DialogContent>
        </Dialog>
    );
}
