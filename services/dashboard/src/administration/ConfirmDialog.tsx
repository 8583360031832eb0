import { useMutation } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { RefusalNote } from "@/operations/RefusalNote";
import { Button } from "@/ui/button";
import { Dialog, DialogContent, DialogDescription, DialogFooter, DialogHeader, DialogTitle } from "@/ui/dialog";

type ConfirmDialogProps = {
    title: string;
    text: string;
    confirm: string;
    destructive?: boolean;
    children?: ReactNode;
    onClose: () => void;
    onConfirm: () => Promise<unknown>;
};

/** Something that cannot be taken back is asked once more. Stays open, saying why, where it is refused. */
export function ConfirmDialog(props: ConfirmDialogProps) {
    const { title, text, confirm, destructive, children, onClose, onConfirm } = props;
    const { t } = useTranslation("ui");
    const doing = useMutation({ mutationFn: onConfirm, onSuccess: onClose });
    return (
        <Dialog open onOpenChange={(open) => open || onClose()}>
            <DialogContent>
                <DialogHeader>
                    <DialogTitle>{title}</DialogTitle>
                    <DialogDescription>{text}</DialogDescription>
                </DialogHeader>
                {children}
                <RefusalNote error={doing.error} />
                <DialogFooter>
                    <Button variant="outline" onClick={onClose}>
                        {t("cancel")}
                    </Button>
                    <Button
                        variant={destructive ? "destructive" : "default"}
                        pending={doing.isPending}
                        onClick={() => doing.mutate()}
                    >
                        {confirm}
                    </Button>
                </DialogFooter>
            </DialogContent>
        </Dialog>
    );
}
