import { useMutation } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { answer, api } from "@/api/client";
import { Problem } from "@/api/problem";
import { toast } from "@/ui/toast";
import { useProblemText } from "../useProblemText";
import { useRefreshDeadLetters } from "./queries";

const CONFLICT = 409;

/** Take discards back, one after the other, as the API restores one at a time; what is no longer discarded is left. */
export function useRestoreMany() {
    const { t } = useTranslation("operations");
    const say = useProblemText();
    const refresh = useRefreshDeadLetters();
    return useMutation({
        mutationFn: async (ids: readonly string[]) => {
            let restored = 0;
            for (const id of ids) if (await wasRestored(id)) restored += 1;
            return restored;
        },
        onSuccess: (count) => toast.success(t("bulk.restored", { count })),
        onError: (error) => toast.error(say(error)),
        onSettled: refresh,
    });
}

async function wasRestored(id: string): Promise<boolean> {
    try {
        await answer(api.POST("/api/dlq/{id}/restore", { params: { path: { id } } }));
        return true;
    } catch (error) {
        if (error instanceof Problem && error.status === CONFLICT) return false;
        throw error;
    }
}
