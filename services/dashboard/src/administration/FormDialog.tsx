import type { FormEventHandler, ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { RefusalNote } from "@/operations/RefusalNote";
import { Button } from "@/ui/button";
import { Dialog, DialogContent, DialogDescription, DialogFooter, DialogHeader, DialogTitle } from "@/ui/dialog";

type FormDialogProps = {
    title: string;
    text?: ReactNode;
    confirm?: string;
    wide?: boolean;
    isSaving: boolean;
    refusal: unknown;
    children: ReactNode;
    onSubmit: FormEventHandler;
    onClose: () => void;
};

/** A form over the page, with what was refused above its buttons. */
export function FormDialog(props: FormDialogProps) {
    const { title, text, confirm, wide, isSaving, refusal, children, onSubmit, onClose } = props;
    const { t } = useTranslation("ui");
    return (
        <Dialog open onOpenChange={(open) => open || onClose()}>
            <DialogContent
                className={wide ? "max-w-2xl" : undefined}
                {...(text ? {} : { "aria-describedby": undefined })}
            >
                <form className="grid gap-4" noValidate onSubmit={onSubmit}>
                    <DialogHeader>
                        <DialogTitle>{title}</DialogTitle>
                        {text && <DialogDescription>{text}</DialogDescription>}
                    </DialogHeader>
                    {children}
                    <RefusalNote error={refusal} />
                    <DialogFooter>
                        <Button variant="outline" onClick={onClose}>
                            {t("cancel")}
                        </Button>
                        <Button type="submit" pending={isSaving}>
                            {confirm ?? t("save")}
                        </Button>
                    </DialogFooter>
                </form>
            </DialogContent>
        </Dialog>
    );
}
