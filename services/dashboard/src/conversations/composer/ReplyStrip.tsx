import { X } from "lucide-react";
import { useTranslation } from "react-i18next";
import type { TimelineMessage } from "../entities";
import { Quote } from "../timeline/Quote";

type ReplyStripProps = { message: TimelineMessage | null; onCancel: () => void };

/** What will be answered. */
export function ReplyStrip({ message, onCancel }: ReplyStripProps) {
    const { t } = useTranslation("conversations");
    return (
        <div className="flex items-center gap-1 px-3 pt-2">
            <Quote message={message} className="flex-1" />
            <button
                type="button"
                aria-label={t("composer.cancelReply")}
                onClick={onCancel}
                className="grid size-7 shrink-0 place-items-center rounded text-muted-foreground hover:bg-accent"
            >
                <X aria-hidden className="size-4" />
            </button>
        </div>
    );
}
