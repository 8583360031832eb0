import { useTranslation } from "react-i18next";
import { Link } from "wouter";
import { useContactConversations } from "@/contacts/useContact";
import { useTimes } from "@/i18n/useTimes";
import { ErrorState } from "@/ui/error-state";
import { Skeleton } from "@/ui/skeleton";
import type { Action, Conversation, TimelineMessage } from "../entities";
import { useHappening } from "../timeline/ActionLine";
import { FileCard } from "../timeline/FileCard";
import { RowPreview } from "../list/RowPreview";
import { useSender } from "../timeline/useSender";

const SHOWN = 8;

/** What else there is with the same contact. */
export function OtherConversations({ conversation }: { conversation: Conversation }) {
    const { t } = useTranslation("conversations");
    const times = useTimes();
    const { data, error, isPending, refetch } = useContactConversations(conversation.contact_id);
    if (isPending) return <Skeleton className="h-12 w-full" />;
    if (error) return <ErrorState error={error} onRetry={() => void refetch()} className="py-2" />;
    const others = data.conversations.filter(({ id }) => id !== conversation.id);
    if (others.length === 0) return <Nothing>{t("context.noOthers")}</Nothing>;
    return (
        <ul className="grid gap-1">
            {others.map((other) => (
                <li key={other.id}>
                    <Link
                        href={`/conversations/${other.id}`}
                        className="block rounded-md px-2 py-1.5 text-sm hover:bg-accent"
                    >
                        <span className="flex justify-between gap-2">
                            <span>{t(`status.${other.status}`)}</span>
                            <span className="text-xs text-muted-foreground">{times.list(other.timestamp)}</span>
                        </span>
                        <span className="flex min-w-0 text-xs text-muted-foreground">
                            <RowPreview entry={other} doing={null} draft="" />
                        </span>
                    </Link>
                </li>
            ))}
        </ul>
    );
}

/** Notes among the messages at hand, newest first. */
export function Notes({ messages }: { messages: readonly TimelineMessage[] }) {
    const { t } = useTranslation("conversations");
    const times = useTimes();
    const sender = useSender();
    const notes = messages.filter(({ message_type }) => message_type === "note").reverse();
    if (notes.length === 0) return <Nothing>{t("context.noNotes")}</Nothing>;
    return (
        <ul className="grid gap-2">
            {notes.slice(0, SHOWN).map((note) => (
                <li
                    key={note.key}
                    className="rounded-lg border border-dashed border-note-border bg-note px-2.5 py-2 text-[0.8125rem] text-note-foreground"
                >
                    <p className="mb-0.5 flex justify-between gap-2 text-xs">
                        <span className="font-medium">{sender(note)}</span>
                        <span>{times.list(note.timestamp)}</span>
                    </p>
                    <p className="line-clamp-4 break-words whitespace-pre-wrap">{note.content}</p>
                </li>
            ))}
        </ul>
    );
}

/** Files among the messages at hand, newest first. */
export function Files({ messages }: { messages: readonly TimelineMessage[] }) {
    const { t } = useTranslation("conversations");
    const files = messages
        .filter(({ deleted_at }) => deleted_at === null)
        .flatMap(({ attachments }) => attachments)
        .filter(({ state }) => state === "stored")
        .reverse();
    if (files.length === 0) return <Nothing>{t("context.noMedia")}</Nothing>;
    return (
        <ul className="grid gap-1.5">
            {files.slice(0, SHOWN).map((file) => (
                <li key={file.id} className="*:w-full">
                    <FileCard attachment={file} />
                </li>
            ))}
        </ul>
    );
}

/** What happened around the conversation, newest first. */
export function Happened({ actions }: { actions: readonly Action[] }) {
    const { t } = useTranslation("conversations");
    if (actions.length === 0) return <Nothing>{t("context.nothingHappened")}</Nothing>;
    return (
        <ol className="grid gap-2 border-l pl-3">
            {[...actions]
                .reverse()
                .slice(0, SHOWN * 2)
                .map((action) => (
                    <HappenedLine key={action.id} action={action} />
                ))}
        </ol>
    );
}

function HappenedLine({ action }: { action: Action }) {
    const times = useTimes();
    const text = useHappening(action);
    return (
        <li className="text-[0.8125rem]">
            {text}
            <time
                dateTime={action.created_at}
                title={times.full(action.created_at)}
                className="block text-xs text-muted-foreground"
            >
                {times.list(action.created_at)}
            </time>
        </li>
    );
}

function Nothing({ children }: { children: string }) {
    return <p className="text-sm text-muted-foreground">{children}</p>;
}
