import { useMutation } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { answer, api, type Schemas } from "@/api/client";
import { toast } from "@/ui/toast";
import { useProblemText } from "../useProblemText";
import { useRefreshDeadLetters } from "./queries";

export type IssueChange = Partial<Schemas["IssueBody"]>;

/** Decide something about a kind of dead letter; what is not named stays. */
export function changeIssue(fingerprint: string, change: IssueChange) {
    const request = { params: { path: { fingerprint } }, body: change as Schemas["IssueBody"] };
    return answer(api.PATCH("/api/dlq/issues/{fingerprint}", request));
}

/** Have kinds no longer counted by alerts: new ones still come, and can still be replayed. */
export function useMute() {
    const { t } = useTranslation("operations");
    const say = useProblemText();
    const refresh = useRefreshDeadLetters();
    return useMutation({
        mutationFn: async (fingerprints: readonly string[]) => {
            for (const fingerprint of new Set(fingerprints)) await changeIssue(fingerprint, { state: "muted" });
            return new Set(fingerprints).size;
        },
        onSuccess: (count) => toast.success(t("issue.mutedNow", { count })),
        onError: (error) => toast.error(say(error)),
        onSettled: refresh,
    });
}
