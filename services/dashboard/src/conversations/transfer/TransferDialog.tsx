import { useMutation, useQueryClient } from "@tanstack/react-query";
import { type KeyboardEvent, useState } from "react";
import { useTranslation } from "react-i18next";
import { answer, api } from "@/api/client";
import { asProblem } from "@/api/problem";
import { Avatar } from "@/ui/avatar";
import { Button } from "@/ui/button";
import { cn } from "@/ui/cn";
import { Dialog, DialogContent, DialogDescription, DialogFooter, DialogHeader, DialogTitle } from "@/ui/dialog";
import { Field } from "@/ui/field";
import { Input, Textarea } from "@/ui/input";
import { reasonKey } from "@/ui/reason";
import { toast } from "@/ui/toast";
import { conversationKeys } from "../data/keys";
import { useColleagues } from "../desk/useColleagues";
import type { Conversation } from "../entities";
import { focusAfter } from "../list/roving";
import { type PresenceStatus, type Target, targetsOf } from "./targets";

const LONGEST_NOTE = 2000;

type TransferDialogProps = {
    conversation: Conversation;
    statusOf: (userId: string) => PresenceStatus;
    onClose: () => void;
};

/** Hands a conversation to a colleague: who is there, and a word for them. */
export function TransferDialog({ conversation, statusOf, onClose }: TransferDialogProps) {
    const { t } = useTranslation("conversations");
    const ui = useTranslation("ui");
    const { colleagues } = useColleagues();
    const [query, setQuery] = useState("");
    const [chosen, setChosen] = useState<string | null>(null);
    const [note, setNote] = useState("");
    const transfer = useTransfer(conversation, onClose);
    const targets = targetsOf(colleagues, conversation.assigned_to, statusOf, query);
    return (
        <Dialog open onOpenChange={(open) => !open && onClose()}>
            <DialogContent>
                <DialogHeader>
                    <DialogTitle>{t("transfer.title")}</DialogTitle>
                    <DialogDescription>{t("transfer.text", { name: conversation.contact_name })}</DialogDescription>
                </DialogHeader>
                <Input
                    type="search"
                    value={query}
                    aria-label={t("transfer.search")}
                    placeholder={t("transfer.search")}
                    onChange={(event) => setQuery(event.target.value)}
                />
                <Targets targets={targets} chosen={chosen} onChoose={setChosen} />
                <Field label={t("transfer.note")} hint={t("transfer.noteHint")}>
                    <Textarea
                        value={note}
                        rows={2}
                        maxLength={LONGEST_NOTE}
                        className="min-h-16"
                        onChange={(event) => setNote(event.target.value)}
                    />
                </Field>
                {transfer.error && (
                    <p role="alert" className="text-sm text-destructive">
                        <TransferFailure error={transfer.error} />
                    </p>
                )}
                <DialogFooter>
                    <Button variant="outline" onClick={onClose}>
                        {ui.t("cancel")}
                    </Button>
                    <Button
                        disabled={chosen === null}
                        pending={transfer.isPending}
                        onClick={() => chosen && transfer.mutate({ to: chosen, note: note.trim() })}
                    >
                        {t("transfer.confirm")}
                    </Button>
                </DialogFooter>
            </DialogContent>
        </Dialog>
    );
}

function useTransfer(conversation: Conversation, onDone: () => void) {
    const { t } = useTranslation("conversations");
    const queries = useQueryClient();
    const { nameOf } = useColleagues();
    return useMutation({
        mutationFn: ({ to, note }: { to: string; note: string }) =>
            answer(
                api.POST("/api/conversations-simple/{conversation_id}/transfer", {
                    params: { path: { conversation_id: conversation.id } },
                    // What one sees is what one hands over: had it moved meanwhile, it must not be taken from somebody.
                    body: { to_user_id: to, note: note || null, expected_assigned_to: conversation.assigned_to },
                }),
            ),
        onSuccess: (_, { to }) => {
            toast.success(t("transfer.done", { name: nameOf(to) }));
            onDone();
        },
        onSettled: () => void queries.invalidateQueries({ queryKey: conversationKeys.all }),
    });
}

function TransferFailure({ error }: { error: unknown }) {
    const { t } = useTranslation("conversations");
    const ui = useTranslation("ui");
    const problem = asProblem(error);
    if (problem.code === "user_not_found") return t("transfer.userGone");
    if (problem.code !== "stale_assignment") return ui.t(reasonKey(problem.status));
    const now = problem.body.assigned_to as { name?: string } | null | undefined;
    return now?.name ? t("transfer.stale", { name: now.name }) : t("transfer.staleNobody");
}

type TargetsProps = { targets: Target[]; chosen: string | null; onChoose: (id: string) => void };

function Targets({ targets, chosen, onChoose }: TargetsProps) {
    const { t } = useTranslation("conversations");
    const home = Math.max(
        0,
        targets.findIndex(({ colleague }) => colleague.id === chosen),
    );
    const keys = (event: KeyboardEvent<HTMLDivElement>) => {
        const next = focusAfter(event.key, home, targets.length);
        const target = next === null ? undefined : targets[next];
        if (!target) return;
        event.preventDefault();
        onChoose(target.colleague.id);
        event.currentTarget.querySelector<HTMLElement>(`[data-target="${CSS.escape(target.colleague.id)}"]`)?.focus();
    };
    if (targets.length === 0)
        return <p className="py-4 text-center text-sm text-muted-foreground">{t("transfer.nobodyFound")}</p>;
    return (
        <div
            role="radiogroup"
            tabIndex={-1}
            aria-label={t("transfer.people")}
            onKeyDown={keys}
            className="grid max-h-56 gap-0.5 overflow-y-auto"
        >
            {targets.map(({ colleague, status }, index) => (
                <button
                    key={colleague.id}
                    type="button"
                    role="radio"
                    aria-checked={colleague.id === chosen}
                    tabIndex={index === home ? 0 : -1}
                    data-target={colleague.id}
                    onClick={() => onChoose(colleague.id)}
                    className={cn(
                        "flex items-center gap-3 rounded-lg px-2 py-1.5 text-left focus-visible:-outline-offset-2",
                        colleague.id === chosen ? "bg-primary-soft" : "hover:bg-accent",
                    )}
                >
                    <Avatar name={colleague.name} presence={status} className="size-8" />
                    <span className="min-w-0 flex-1 truncate text-sm font-medium">{colleague.name}</span>
                    <span className="text-xs text-muted-foreground">{t(`presence.${status}`)}</span>
                </button>
            ))}
        </div>
    );
}
