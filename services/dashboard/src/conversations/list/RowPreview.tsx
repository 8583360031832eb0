import { Reply } from "lucide-react";
import { useTranslation } from "react-i18next";
import type { Conversation } from "../entities";
import { KindIcon } from "./KindIcon";
import { oneLine, previewOf } from "./preview";

export type Doing = "typing" | "recording" | null;

/** The second line of a row: who is writing now, what was begun here, or what was said last. */
export function RowPreview({ entry, doing, draft }: { entry: Conversation; doing: Doing; draft: string }) {
    const { t } = useTranslation("conversations");
    if (doing) return <span className="truncate text-primary-text italic">{t(`list.${doing}`)}</span>;
    if (draft)
        return (
            <span className="truncate">
                <span className="font-medium text-destructive">{t("list.draft")}</span> {oneLine(draft)}
            </span>
        );
    const preview = previewOf(entry);
    if (!preview) return <span className="truncate italic">{t("list.noMessages")}</span>;
    return (
        <span className="flex min-w-0 items-center gap-1">
            {preview.own && (
                <>
                    <Reply aria-hidden className="size-3.5 shrink-0" />
                    <span className="sr-only">{t("list.you")}</span>
                </>
            )}
            {preview.kind && <KindIcon kind={preview.kind} />}
            {preview.deleted && <span className="truncate italic">{t("message.deleted")}</span>}
            <span className="truncate">{preview.text || (preview.kind && t(`kind.${preview.kind}`))}</span>
        </span>
    );
}
