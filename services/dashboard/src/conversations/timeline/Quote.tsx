import { useTranslation } from "react-i18next";
import { cn } from "@/ui/cn";
import type { TimelineMessage } from "../entities";
import { KindIcon } from "../list/KindIcon";
import { oneLine, shownKind } from "../list/preview";
import { isOurs } from "./identity";
import { useSender } from "./useSender";

/** The message that another one answers, in one line. `null` is one that is not at hand. */
export function Quote({ message, className }: { message: TimelineMessage | null; className?: string }) {
    const { t } = useTranslation("conversations");
    const sender = useSender();
    if (!message) return <div className={cn(FRAME, "border-input", className)}>{t("message.quotedGone")}</div>;
    const kind = shownKind(message.message_type);
    const text = message.deleted_at ? t("message.deleted") : oneLine(message.content);
    return (
        <div className={cn(FRAME, isOurs(message) ? "border-primary" : "border-info", className)}>
            <span className="block truncate font-medium text-foreground">{sender(message)}</span>
            <span className="flex min-w-0 items-center gap-1">
                {kind && <KindIcon kind={kind} />}
                <span className="truncate">{text || (kind && t(`kind.${kind}`))}</span>
            </span>
        </div>
    );
}

const FRAME = "min-w-0 rounded-md border-l-3 bg-foreground/5 px-2 py-1 text-xs text-muted-foreground";
