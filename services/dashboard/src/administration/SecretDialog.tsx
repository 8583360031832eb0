import { KeyRound } from "lucide-react";
import { useTranslation } from "react-i18next";
import { Button } from "@/ui/button";
import { CopyButton } from "@/ui/copy-button";
import { Dialog, DialogContent, DialogDescription, DialogFooter, DialogHeader, DialogTitle } from "@/ui/dialog";

export interface Secret {
    title: string;
    text: string;
    /** Each under its name: a token, the address it is part of. */
    shown: readonly (readonly [name: string, value: string])[];
}

/** Something that is shown this once. A click beside it does not close it: it would be lost. */
export function SecretDialog({ secret, onClose }: { secret: Secret; onClose: () => void }) {
    const { t } = useTranslation("administration");
    return (
        <Dialog open onOpenChange={(open) => open || onClose()}>
            <DialogContent
                className="max-w-xl"
                onInteractOutside={(event) => event.preventDefault()}
                onEscapeKeyDown={(event) => event.preventDefault()}
            >
                <DialogHeader>
                    <DialogTitle className="flex items-center gap-2">
                        <KeyRound aria-hidden className="size-4.5" />
                        {secret.title}
                    </DialogTitle>
                    <DialogDescription>{secret.text}</DialogDescription>
                </DialogHeader>
                <dl className="grid grid-cols-1 gap-3">
                    {secret.shown.map(([name, value]) => (
                        <div key={name} className="grid grid-cols-1 gap-1">
                            <dt className="text-[0.8125rem] font-medium">{name}</dt>
                            <dd className="flex items-start gap-2">
                                <code className="min-w-0 flex-1 rounded-md border bg-muted px-2.5 py-1.5 text-[0.8125rem] break-all select-all">
                                    {value}
                                </code>
                                <CopyButton text={value} label={t("secret.copy")} />
                            </dd>
                        </div>
                    ))}
                </dl>
                <p className="rounded-md bg-warning-soft px-3 py-2 text-[0.8125rem] text-warning">{t("secret.once")}</p>
                <DialogFooter>
                    <Button onClick={onClose}>{t("secret.done")}</Button>
                </DialogFooter>
            </DialogContent>
        </Dialog>
    );
}
