import { useTranslation } from "react-i18next";
import { Button } from "@/ui/button";
import { Dialog, DialogContent, DialogFooter, DialogHeader, DialogTitle } from "@/ui/dialog";
import type { Outcome } from "./outcome";

type RefusalsProps = { refused: Outcome["refused"]; nameOf: (id: string) => string; onClose: () => void };

/** Which conversations stayed as they were, and why: one line for each. */
export function Refusals({ refused, nameOf, onClose }: RefusalsProps) {
    const { t } = useTranslation("conversations");
    const ui = useTranslation("ui");
    return (
        <Dialog open={refused.length > 0} onOpenChange={(open) => !open && onClose()}>
            <DialogContent aria-describedby={undefined}>
                <DialogHeader>
                    <DialogTitle>{t("bulk.results")}</DialogTitle>
                </DialogHeader>
                <ul className="grid max-h-72 gap-1 overflow-y-auto">
                    {refused.map(({ id, code }) => (
                        <li key={id} className="flex justify-between gap-4 border-b py-1.5 text-sm last:border-0">
                            <span className="truncate font-medium">{nameOf(id) || id}</span>
                            <span className="shrink-0 text-muted-foreground">{t(`bulk.code.${code}`)}</span>
                        </li>
                    ))}
                </ul>
                <DialogFooter>
                    <Button onClick={onClose}>{ui.t("close")}</Button>
                </DialogFooter>
            </DialogContent>
        </Dialog>
    );
}
