import { MessageSquareText, Pencil, Plus, SearchX, Trash2 } from "lucide-react";
import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { usePageTitle } from "@/app/usePageTitle";
import { useTimes } from "@/i18n/useTimes";
import { Button } from "@/ui/button";
import { EmptyState } from "@/ui/empty-state";
import { Input } from "@/ui/input";
import { Page } from "@/ui/page";
import { Region } from "@/ui/region";
import { Skeleton } from "@/ui/skeleton";
import { Table, TableBody, TableCell, TableHead, TableHeader, TableRow } from "@/ui/table";
import { ReplyDialog } from "./canned-replies/ReplyDialog";
import { deleteReply, REPLIES_KEY, useCannedReplies, type CannedReply } from "./canned-replies/queries";
import { ConfirmDialog } from "./ConfirmDialog";
import { matches } from "./matches";

type Asked = { what: "edit"; reply: CannedReply | null } | { what: "delete"; reply: CannedReply };

/** Answers that are written often. */
export default function CannedRepliesPage() {
    const { t } = useTranslation("administration");
    usePageTitle(t("replies.title"));
    const query = useCannedReplies();
    const [asked, setAsked] = useState<Asked | null>(null);
    const [words, setWords] = useState("");
    const add = (
        <Button onClick={() => setAsked({ what: "edit", reply: null })}>
            <Plus aria-hidden />
            {t("replies.new")}
        </Button>
    );
    return (
        <Page title={t("replies.title")} text={t("replies.text")} actions={add}>
            <Region query={query} skeleton={<Skeleton className="h-96 rounded-lg" />}>
                {(replies) => {
                    if (replies.length === 0)
                        return (
                            <div className="rounded-lg border bg-card">
                                <EmptyState
                                    icon={MessageSquareText}
                                    title={t("replies.empty")}
                                    text={t("replies.emptyText")}
                                    action={add}
                                />
                            </div>
                        );
                    const found = replies.filter((reply) => matches(words, [reply.shortcut, reply.content]));
                    return (
                        <div className="grid grid-cols-1 gap-3">
                            <Input
                                type="search"
                                className="max-w-sm"
                                aria-label={t("replies.search")}
                                placeholder={t("replies.search")}
                                value={words}
                                onChange={(event) => setWords(event.target.value)}
                            />
                            {found.length > 0 ? (
                                <Replies replies={found} onAsk={setAsked} />
                            ) : (
                                <EmptyState icon={SearchX} title={t("nothingFound")} text={t("nothingFoundText")} />
                            )}
                        </div>
                    );
                }}
            </Region>
            {asked?.what === "edit" && <ReplyDialog reply={asked.reply} onClose={() => setAsked(null)} />}
            {asked?.what === "delete" && <DeleteDialog reply={asked.reply} onClose={() => setAsked(null)} />}
        </Page>
    );
}

function Replies({ replies, onAsk }: { replies: readonly CannedReply[]; onAsk: (asked: Asked) => void }) {
    const { t } = useTranslation("administration");
    const { list } = useTimes();
    return (
        <Table>
            <TableHeader className="hidden sm:table-header-group">
                <tr>
                    <TableHead className="hidden w-40 sm:table-cell">{t("replies.shortcut")}</TableHead>
                    <TableHead>{t("replies.content")}</TableHead>
                    <TableHead className="hidden sm:table-cell">{t("changed")}</TableHead>
                    <TableHead className="w-24">
                        <span className="sr-only">{t("actions")}</span>
                    </TableHead>
                </tr>
            </TableHeader>
            <TableBody>
                {replies.map((reply) => (
                    <TableRow key={reply.id}>
                        <TableCell className="hidden sm:table-cell">
                            <code className="text-[0.8125rem] break-all">/{reply.shortcut}</code>
                        </TableCell>
                        <TableCell>
                            <code className="mb-1 block text-[0.8125rem] break-all text-muted-foreground sm:hidden">
                                /{reply.shortcut}
                            </code>
                            <span className="line-clamp-3 break-words whitespace-pre-wrap">{reply.content}</span>
                        </TableCell>
                        <TableCell className="hidden whitespace-nowrap text-muted-foreground sm:table-cell">
                            {list(reply.updated_at)}
                        </TableCell>
                        <TableCell>
                            <span className="flex justify-end gap-1">
                                <Button
                                    size="icon-sm"
                                    variant="ghost"
                                    aria-label={t("replies.editOne", { name: reply.shortcut })}
                                    onClick={() => onAsk({ what: "edit", reply })}
                                >
                                    <Pencil aria-hidden />
                                </Button>
                                <Button
                                    size="icon-sm"
                                    variant="ghost"
                                    aria-label={t("replies.deleteOne", { name: reply.shortcut })}
                                    onClick={() => onAsk({ what: "delete", reply })}
                                >
                                    <Trash2 aria-hidden />
                                </Button>
                            </span>
                        </TableCell>
                    </TableRow>
                ))}
            </TableBody>
        </Table>
    );
}

function DeleteDialog({ reply, onClose }: { reply: CannedReply; onClose: () => void }) {
    const { t } = useTranslation("administration");
    const client = useQueryClient();
    return (
        <ConfirmDialog
            destructive
            title={t("replies.deleteTitle", { name: reply.shortcut })}
            text={t("replies.deleteText")}
            confirm={t("delete")}
            onClose={onClose}
            onConfirm={() => deleteReply(reply).then(() => client.invalidateQueries({ queryKey: REPLIES_KEY }))}
        />
    );
}
