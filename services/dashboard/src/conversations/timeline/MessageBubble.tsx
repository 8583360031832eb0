import { Lock, Sparkles } from "lucide-react";
import { memo } from "react";
import { useTranslation } from "react-i18next";
import { useTimes } from "@/i18n/useTimes";
import { cn } from "@/ui/cn";
import type { TimelineMessage } from "../entities";
import type { MessageEntry } from "./entries";
import { FailureNote } from "./FailureNote";
import { isNote, isOurs } from "./identity";
import { MessageContent } from "./MessageContent";
import { type MessageHandlers, MessageMenu } from "./MessageMenu";
import { permissionsOf } from "./permissions";
import { Quote } from "./Quote";
import { Reactions } from "./Reactions";
import { StatusTick } from "./StatusTick";
import { useSender } from "./useSender";

type MessageBubbleProps = { entry: MessageEntry; now: Date; focusable: boolean; handlers: MessageHandlers };

/** A message: on the left what patients wrote, on the right what the clinic did, in amber what stays in the house. */
export const MessageBubble = memo(function MessageBubble({ entry, now, focusable, handlers }: MessageBubbleProps) {
    const { t } = useTranslation("conversations");
    const times = useTimes();
    const sender = useSender();
    const { message } = entry;
    const right = isOurs(message);
    return (
        <article
            // One message is in the order of Tab; from there arrows go on, and Enter opens its menu.
            // eslint-disable-next-line jsx-a11y/no-noninteractive-tabindex
            tabIndex={focusable ? 0 : -1}
            data-message={message.id}
            data-kind={isNote(message) ? "note" : message.sender_type}
            aria-label={t("message.label", { name: sender(message), time: times.clock(message.timestamp) })}
            className={cn(
                "group/message flex items-start gap-1 px-4",
                entry.first ? "pt-2" : "pt-0.5",
                right && "flex-row-reverse",
            )}
        >
            <div
                className={cn(
                    "flex max-w-[min(36rem,82%)] min-w-0 flex-col gap-0.5",
                    right ? "items-end" : "items-start",
                )}
            >
                <div
                    className={cn("max-w-full min-w-0 px-3 py-1.5 text-sm", groundOf(message), cornersOf(entry, right))}
                >
                    {entry.first && <SenderLine message={message} />}
                    {message.reply_to !== null && !message.deleted_at && (
                        <Quote message={entry.quoted} className="mb-1" />
                    )}
                    <MessageContent message={message} />
                    <Footer message={message} />
                </div>
                <Reactions message={message} />
                <FailureNote
                    message={message}
                    onRetry={() => handlers.onRetry(message)}
                    onDiscard={() => handlers.onDiscard(message)}
                />
            </div>
            <MessageMenu message={message} allowed={permissionsOf(message, now)} focusable={focusable} {...handlers} />
        </article>
    );
});

function groundOf(message: TimelineMessage): string {
    if (isNote(message)) return "border border-dashed border-note-border bg-note text-note-foreground";
    if (message.status === "failed" || message.outbox?.state === "refused")
        return "border border-destructive/40 bg-destructive-soft";
    return isOurs(message) ? "bg-bubble-out" : "border border-border/70 bg-bubble-in";
}

function cornersOf(entry: MessageEntry, right: boolean): string {
    const side = right ? "rounded-l-2xl" : "rounded-r-2xl";
    const top = entry.first ? (right ? "rounded-tr-2xl" : "rounded-tl-2xl") : right ? "rounded-tr-md" : "rounded-tl-md";
    const bottom = entry.last
        ? right
            ? "rounded-br-2xl"
            : "rounded-bl-2xl"
        : right
          ? "rounded-br-md"
          : "rounded-bl-md";
    return `${side} ${top} ${bottom}`;
}

function SenderLine({ message }: { message: TimelineMessage }) {
    const { t } = useTranslation("conversations");
    const sender = useSender();
    if (isNote(message))
        return (
            <p className="mb-0.5 flex flex-wrap items-center gap-x-1 text-xs font-medium">
                <Lock aria-hidden className="size-3" />
                {sender(message)}
                <span className="font-normal">· {t("message.note")}</span>
            </p>
        );
    if (message.sender_type === "patient") return null;
    return (
        <p className="mb-0.5 flex items-center gap-1 text-xs font-medium text-primary-text">
            {message.sender_type === "ai" && <Sparkles aria-hidden className="size-3" />}
            {sender(message)}
        </p>
    );
}

function Footer({ message }: { message: TimelineMessage }) {
    const { t } = useTranslation("conversations");
    const times = useTimes();
    return (
        <p
            className={cn(
                "mt-0.5 flex items-center justify-end gap-1 text-[0.6875rem] tabular-nums",
                isNote(message) ? "text-note-foreground" : "text-muted-foreground",
            )}
        >
            {message.edited_at && !message.deleted_at && <span>{t("message.edited")}</span>}
            <time dateTime={message.timestamp} title={times.full(message.timestamp)}>
                {times.clock(message.timestamp)}
            </time>
            <StatusTick message={message} />
        </p>
    );
}
