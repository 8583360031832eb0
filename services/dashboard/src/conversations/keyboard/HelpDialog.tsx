import { useTranslation } from "react-i18next";
import { Dialog, DialogContent, DialogDescription, DialogHeader, DialogTitle } from "@/ui/dialog";
import { Keycaps } from "./Keycaps";
import { SHORTCUTS } from "./shortcuts";

const IN_LISTS = [
    { name: "arrows", keys: ["↑", "↓"] },
    { name: "enter", keys: ["Enter"] },
    { name: "escape", keys: ["Esc"] },
] as const;

/** All shortcuts. */
export function HelpDialog({ onClose }: { onClose: () => void }) {
    const { t } = useTranslation("conversations");
    return (
        <Dialog open onOpenChange={(open) => !open && onClose()}>
            <DialogContent>
                <DialogHeader>
                    <DialogTitle>{t("keyboard.title")}</DialogTitle>
                    <DialogDescription>{t("keyboard.text")}</DialogDescription>
                </DialogHeader>
                <dl className="grid gap-1">
                    {SHORTCUTS.map(({ name, keys }) => (
                        <Line key={name} text={t(`keyboard.name.${name}`)} keys={keys} />
                    ))}
                </dl>
                <h3 className="text-sm font-semibold">{t("keyboard.inList")}</h3>
                <dl className="grid gap-1">
                    {IN_LISTS.map(({ name, keys }) => (
                        <Line key={name} text={t(`keyboard.${name}`)} keys={keys} />
                    ))}
                </dl>
            </DialogContent>
        </Dialog>
    );
}

function Line({ text, keys }: { text: string; keys: readonly string[] }) {
    return (
        <div className="flex items-center justify-between gap-4 py-0.5 text-sm">
            <dt>{text}</dt>
            <dd>
                <Keycaps keys={keys} />
            </dd>
        </div>
    );
}
