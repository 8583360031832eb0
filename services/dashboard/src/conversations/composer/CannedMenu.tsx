import { useTranslation } from "react-i18next";
import { cn } from "@/ui/cn";
import type { CannedReply } from "../entities";
import { oneLine } from "../list/preview";

type CannedMenuProps = {
    id: string;
    replies: readonly CannedReply[];
    active: number;
    onChoose: (reply: CannedReply) => void;
};

export const optionId = (menuId: string, index: number) => `${menuId}-${index}`;

/** Canned replies above the box. The focus stays where one writes; the box says which of them is chosen. */
export function CannedMenu({ id, replies, active, onChoose }: CannedMenuProps) {
    const { t } = useTranslation("conversations");
    return (
        <div className="absolute inset-x-2 bottom-full z-20 mb-1 overflow-hidden rounded-lg border bg-popover shadow-raised">
            <p role="status" className="sr-only">
                {replies.length > 0 ? t("composer.cannedHint", { count: replies.length }) : t("composer.cannedNone")}
            </p>
            <ul id={id} role="listbox" aria-label={t("composer.canned")} className="max-h-64 overflow-y-auto p-1">
                {replies.map((reply, index) => (
                    // The box has the focus and the keys; here is only what a pointer does.
                    // eslint-disable-next-line jsx-a11y/click-events-have-key-events
                    <li
                        key={reply.id}
                        id={optionId(id, index)}
                        role="option"
                        aria-selected={index === active}
                        ref={(row) => {
                            if (index === active) row?.scrollIntoView({ block: "nearest" });
                        }}
                        onPointerDown={(event) => event.preventDefault()}
                        onClick={() => onChoose(reply)}
                        className={cn(
                            "flex cursor-pointer items-baseline gap-2 rounded-md px-2 py-1.5 text-sm",
                            index === active && "bg-accent",
                        )}
                    >
                        <span className="shrink-0 font-medium">/{reply.shortcut}</span>
                        <span className="truncate text-muted-foreground">{oneLine(reply.content)}</span>
                    </li>
                ))}
            </ul>
            {replies.length === 0 && (
                <p aria-hidden className="px-3 pb-2.5 text-sm text-muted-foreground">
                    {t("composer.cannedNone")}
                </p>
            )}
        </div>
    );
}
