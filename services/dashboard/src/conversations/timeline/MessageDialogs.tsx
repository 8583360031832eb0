import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Button } from "@/ui/button";
import { Dialog, DialogContent, DialogDescription, DialogFooter, DialogHeader, DialogTitle } from "@/ui/dialog";
import { Textarea } from "@/ui/input";
import type { TimelineMessage } from "../entities";
import { Quote } from "./Quote";

type EditDialogProps = { message: TimelineMessage; onSave: (content: string) => void; onClose: () => void };

/** Other words for a message that was sent. */
export function EditDialog({ message, onSave, onClose }: EditDialogProps) {
    const { t } = useTranslation("conversations");
    const ui = useTranslation("ui");
    const [text, setText] = useState(message.content);
    const unchanged = text.trim() === "" || text.trim() === message.content;
    return (
        <Dialog open onOpenChange={(open) => !open && onClose()}>
            <DialogContent>
                <DialogHeader>
                    <DialogTitle>{t("message.editTitle")}</DialogTitle>
                    <DialogDescription>{t("message.editHint")}</DialogDescription>
                </DialogHeader>
                <Textarea
                    value={text}
                    aria-label={t("message.editTitle")}
                    rows={5}
                    onChange={(event) => setText(event.target.value)}
                />
                <DialogFooter>
                    <Button variant="outline" onClick={onClose}>
                        {ui.t("cancel")}
                    </Button>
                    <Button disabled={unchanged} onClick={() => onSave(text.trim())}>
                        {ui.t("save")}
                    </Button>
                </DialogFooter>
            </DialogContent>
        </Dialog>
    );
}

type RemoveDialogProps = { message: TimelineMessage; onRemove: () => void; onClose: () => void };

/** Deleting has no way back, so it is asked. */
export function RemoveDialog({ message, onRemove, onClose }: RemoveDialogProps) {
    const { t } = useTranslation("conversations");
    const ui = useTranslation("ui");
    return (
        <Dialog open onOpenChange={(open) => !open && onClose()}>
            <DialogContent>
                <DialogHeader>
                    <DialogTitle>{t("message.removeTitle")}</DialogTitle>
                    <DialogDescription>{t("message.removeText")}</DialogDescription>
                </DialogHeader>
                <Quote message={message} />
                <DialogFooter>
                    <Button variant="outline" onClick={onClose}>
                        {ui.t("cancel")}
                    </Button>
                    <Button variant="destructive" onClick={onRemove}>
                        {t("message.remove")}
                    </Button>
                </DialogFooter>
            </DialogContent>
        </Dialog>
    );
}
