import { useMutation, useQuery } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { useTranslation } from "react-i18next";
import { useLanguage } from "@/i18n/useTimes";
import { Button } from "@/ui/button";
import { Dialog, DialogContent, DialogDescription, DialogFooter, DialogHeader, DialogTitle } from "@/ui/dialog";
import { Field } from "@/ui/field";
import { Input, Textarea } from "@/ui/input";
import { Region } from "@/ui/region";
import { Skeleton } from "@/ui/skeleton";
import { toast } from "@/ui/toast";
import { RefusalNote } from "../RefusalNote";
import type { BulkAction } from "./BulkBar";
import { isConfirmed } from "./confirmation";
import { makeDiscard, makeReplay, planDiscard, planReplay, type Choice, type ReplayTerms } from "./plan";
import { PlanView } from "./PlanView";
import { useRefreshDeadLetters } from "./queries";
import { Terms } from "./Terms";
import { useRestoreMany } from "./useRestoreMany";
import { UNDO_MS } from "./useEntryActions";

type BulkDialogProps = { action: BulkAction; choice: Choice; onClose: () => void };

const TERMS: ReplayTerms = { rate: 20, maxFailures: 50, acceptDuplicates: false };

/** Something that is done to many: a dry run says to how many and what is in the way; a filter is confirmed by its number. */
export function BulkDialog({ action, choice, onClose }: BulkDialogProps) {
    const { t } = useTranslation(["operations", "ui"]);
    const number = new Intl.NumberFormat(useLanguage());
    const [typed, setTyped] = useState("");
    const [reason, setReason] = useState("");
    const [terms, setTerms] = useState(TERMS);
    const [tried, setTried] = useState(false);
    const byFilter = "filter" in choice;
    const plan = usePlan(action, choice);
    const count = plan.data?.count ?? 0;
    const doing = useDoing(action, choice, onClose);
    const confirmed = !byFilter || isConfirmed(typed, count);
    const hasReason = action === "replay" || reason.trim() !== "";
    const submit = (event: FormEvent) => {
        event.preventDefault();
        setTried(true);
        if (!plan.data || count === 0 || !confirmed || !hasReason || doing.isPending) return;
        doing.mutate({ token: plan.data.token, terms, reason: reason.trim() }, { onError: () => void plan.refetch() });
    };
    return (
        <Dialog open onOpenChange={(open) => open || onClose()}>
            <DialogContent className="max-w-xl">
                <form className="grid gap-4" onSubmit={submit} noValidate>
                    <DialogHeader>
                        <DialogTitle>{t(`bulk.${action}Title`)}</DialogTitle>
                        <DialogDescription>{t(`bulk.${action}Text`)}</DialogDescription>
                    </DialogHeader>
                    <Region query={plan} skeleton={<Skeleton className="h-28" />}>
                        {(found) => <PlanView count={found.count} plan={found.plan} />}
                    </Region>
                    {action === "replay" && <Terms terms={terms} onChange={setTerms} />}
                    {action === "discard" && (
                        <Field
                            label={t("reason.label")}
                            hint={t("reason.hint")}
                            error={tried && !hasReason ? t("reason.missing") : undefined}
                        >
                            <Textarea value={reason} onChange={(event) => setReason(event.target.value)} />
                        </Field>
                    )}
                    {byFilter && count > 0 && (
                        <Field
                            label={t("bulk.type", { number: number.format(count) })}
                            error={tried && !confirmed ? t("bulk.mistyped") : undefined}
                        >
                            <Input
                                inputMode="numeric"
                                autoComplete="off"
                                value={typed}
                                onChange={(event) => setTyped(event.target.value)}
                            />
                        </Field>
                    )}
                    <RefusalNote error={doing.error} />
                    <DialogFooter>
                        <Button variant="outline" onClick={onClose}>
                            {t("cancel", { ns: "ui" })}
                        </Button>
                        <Button
                            type="submit"
                            variant={action === "discard" ? "destructive" : "default"}
                            disabled={!plan.data || count === 0 || (byFilter && !confirmed)}
                            pending={doing.isPending}
                        >
                            {t(`bulk.${action}`, { count, number: number.format(count) })}
                        </Button>
                    </DialogFooter>
                </form>
            </DialogContent>
        </Dialog>
    );
}

function usePlan(action: BulkAction, choice: Choice) {
    const { t } = useTranslation("operations");
    return useQuery({
        queryKey: ["operations", "plan", action, choice],
        queryFn: async () => {
            if (action === "discard") {
                const { count, plan_token: token } = await planDiscard(choice, t("bulk.dryRun"));
                return { count, token, plan: null };
            }
            const plan = await planReplay(choice);
            return { count: plan.count, token: plan.plan_token, plan };
        },
        staleTime: 0,
        gcTime: 0,
        refetchOnWindowFocus: false,
    });
}

type Decided = { token: string | null; terms: ReplayTerms; reason: string };

function useDoing(action: BulkAction, choice: Choice, onDone: () => void) {
    const { t } = useTranslation("operations");
    const refresh = useRefreshDeadLetters();
    const restore = useRestoreMany();
    return useMutation({
        mutationFn: async ({ token, terms, reason }: Decided) => {
            if (action === "replay") return (await makeReplay(choice, token, terms)).replay.total;
            return (await makeDiscard(choice, token, reason)).count;
        },
        onSuccess: (count) => {
            const undo = { label: t("undo"), onClick: () => "ids" in choice && restore.mutate(choice.ids) };
            const canUndo = action === "discard" && "ids" in choice;
            toast.success(t(`bulk.${action}Done`, { count }), canUndo ? { action: undo, duration: UNDO_MS } : {});
            onDone();
        },
        onSettled: refresh,
    });
}
