import { RotateCw, Trash2 } from "lucide-react";
import { useTranslation } from "react-i18next";
import type { TimelineMessage } from "../entities";
import { failureOf } from "./ticks";

type FailureNoteProps = { message: TimelineMessage; onRetry: () => void; onDiscard: () => void };

/** Why a message did not go out, or a change of it, and what can be done about it. */
export function FailureNote({ message, onRetry, onDiscard }: FailureNoteProps) {
    const { t } = useTranslation("conversations");
    const reason = useReason(message);
    const changed = failureOf(message, "change_failure");
    if (reason === null)
        return (
            changed && (
                <p className="text-xs text-destructive">{t("message.changeFailed", { reason: changed.reason })}</p>
            )
        );
    return (
        <div role="alert" className="flex flex-wrap items-center justify-end gap-x-3 gap-y-1 text-xs text-destructive">
            <span>{reason}</span>
            <button
                type="button"
                className="inline-flex items-center gap-1 font-medium hover:underline"
                onClick={onRetry}
            >
                <RotateCw aria-hidden className="size-3" /> {t("message.retry")}
            </button>
            {message.outbox && (
                <button
                    type="button"
                    className="inline-flex items-center gap-1 font-medium hover:underline"
                    onClick={onDiscard}
                >
                    <Trash2 aria-hidden className="size-3" /> {t("message.discard")}
                </button>
            )}
        </div>
    );
}

function useReason(message: TimelineMessage): string | null {
    const { t } = useTranslation("conversations");
    if (message.outbox?.state === "refused") {
        const { code, message: said } = message.outbox.refusal ?? { code: "", message: "" };
        return code === "no_way_out" ? t("failure.no_way_out") : said || t("failure.other");
    }
    if (message.status !== "failed" || message.deleted_at) return null;
    const failure = failureOf(message, "failure");
    if (failure?.code) return t(`failure.${failure.code}`);
    return failure?.reason || t("failure.other");
}
