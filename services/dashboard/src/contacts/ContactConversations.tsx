import { useTranslation } from "react-i18next";
import { Link } from "wouter";
import { PriorityMark } from "@/conversations/list/PriorityMark";
import { RowPreview } from "@/conversations/list/RowPreview";
import { UnreadPill } from "@/conversations/list/UnreadPill";
import { StatusChip } from "@/conversations/pane/StatusChip";
import { useTimes } from "@/i18n/useTimes";
import { ErrorState } from "@/ui/error-state";
import { Skeleton } from "@/ui/skeleton";
import { useContactConversations } from "./useContact";

/** The conversations with a contact, each a way into it. */
export function ContactConversations({ contactId }: { contactId: string }) {
    const { t } = useTranslation("contacts");
    const times = useTimes();
    const { data, error, isPending, refetch } = useContactConversations(contactId);
    return (
        <section aria-label={t("conversations")} className="grid gap-2">
            <h3 className="text-sm font-semibold">{t("conversations")}</h3>
            {isPending && <Skeleton className="h-16" />}
            {error && <ErrorState error={error} onRetry={() => void refetch()} />}
            {data?.conversations.length === 0 && (
                <p className="text-sm text-muted-foreground">{t("noConversations")}</p>
            )}
            {data?.conversations.map((entry) => (
                <Link
                    key={entry.id}
                    href={`/conversations/${entry.id}?tab=all`}
                    className="grid gap-1 rounded-xl border bg-card p-3 shadow-small hover:border-input"
                >
                    <span className="flex items-center gap-2">
                        <StatusChip status={entry.status} />
                        <PriorityMark priority={entry.priority} />
                        <time
                            dateTime={entry.timestamp}
                            title={times.full(entry.timestamp)}
                            className="ml-auto text-xs text-muted-foreground tabular-nums"
                        >
                            {times.list(entry.timestamp)}
                        </time>
                        <UnreadPill count={entry.unread_count} />
                    </span>
                    <span className="flex min-w-0 text-sm text-muted-foreground">
                        <RowPreview entry={entry} doing={null} draft="" />
                    </span>
                </Link>
            ))}
        </section>
    );
}
