import { useMutation } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { answer, api } from "@/api/client";
import { toast } from "@/ui/toast";
import { useProblemText } from "../useProblemText";
import { type Entry, useRefreshDeadLetters } from "./queries";

export type Mode = "event" | "raw";
type Asked = { mode?: Mode; acceptDuplicate?: boolean };

/** What can be done with one dead letter. A discard can be undone from the notice that tells of it. */
export function useEntryActions({ id }: Pick<Entry, "id">) {
    const { t } = useTranslation("operations");
    const say = useProblemText();
    const refresh = useRefreshDeadLetters();
    const path = { params: { path: { id } } };
    const replay = useMutation({
        mutationFn: ({ mode, acceptDuplicate = false }: Asked) => {
            const body = { mode: mode ?? null, accept_duplicate: acceptDuplicate };
            return answer(api.POST("/api/dlq/{id}/replay", { ...path, body }));
        },
        onSuccess: () => toast.success(t("entry.replaying")),
        onError: (error) => toast.error(say(error)),
        onSettled: refresh,
    });
    const restore = useMutation({
        mutationFn: () => answer(api.POST("/api/dlq/{id}/restore", path)),
        onSuccess: () => toast.success(t("entry.restored")),
        onError: (error) => toast.error(say(error)),
        onSettled: refresh,
    });
    const discard = async (reason: string) => {
        await answer(api.POST("/api/dlq/{id}/discard", { ...path, body: { reason } }));
        const undo = { label: t("undo"), onClick: () => restore.mutate() };
        toast.success(t("entry.discarded"), { action: undo, duration: UNDO_MS });
        await refresh();
    };
    return { replay, restore, discard };
}

export const UNDO_MS = 10_000;
