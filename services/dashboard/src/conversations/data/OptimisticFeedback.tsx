import { Loader2, TriangleAlert, X } from "lucide-react";
import { useSyncExternalStore } from "react";
import { useTranslation } from "react-i18next";
import type { Feedback } from "./feedback";
import { useDesk } from "./DeskContext";

/** What is being saved, and what was taken back: a refusal stays until it is dismissed. */
export function OptimisticFeedback() {
    const { feedback } = useDesk();
    const list = useSyncExternalStore(feedback.subscribe, feedback.all);
    const underWay = list.find(({ state }) => state === "retrying") ?? list.find(({ state }) => state === "running");
    const takenBack = list.filter(({ state }) => state === "rolled-back");
    return (
        <div className="pointer-events-none fixed inset-x-0 bottom-4 z-40 grid justify-items-center gap-2 px-4">
            <div role="alert" className="contents">
                {takenBack.map((entry) => (
                    <TakenBack key={entry.token} feedback={entry} onDismiss={() => feedback.dismiss(entry.token)} />
                ))}
            </div>
            <div role="status">{underWay && <UnderWay retrying={underWay.state === "retrying"} />}</div>
        </div>
    );
}

function UnderWay({ retrying }: { retrying: boolean }) {
    const { t } = useTranslation("realtime");
    // What the server answers at once is not worth a word: it is told, and shown only when it takes longer.
    return (
        <span
            className={
                retrying
                    ? "flex items-center gap-2 rounded-full bg-popover px-3 py-1.5 text-xs shadow-raised"
                    : "sr-only"
            }
        >
            <Loader2 aria-hidden className="size-3.5 motion-safe:animate-spin" />
            {t(retrying ? "feedback.retrying" : "feedback.running")}
        </span>
    );
}

function TakenBack({ feedback, onDismiss }: { feedback: Feedback; onDismiss: () => void }) {
    const { t } = useTranslation("realtime");
    return (
        <p className="pointer-events-auto flex max-w-lg items-center gap-3 rounded-lg border bg-popover py-2 pr-2 pl-3 text-sm shadow-raised">
            <TriangleAlert aria-hidden className="size-4 shrink-0 text-destructive" />
            <span>
                {t([`feedback.rolledBack.${feedback.action}`, "feedback.rolledBack.other"])}
                {feedback.error && (
                    <span className="block text-xs text-muted-foreground">{feedback.error.message}</span>
                )}
            </span>
            <button
                type="button"
                onClick={onDismiss}
                aria-label={t("feedback.dismiss")}
                className="grid size-8 shrink-0 place-items-center rounded-md hover:bg-accent"
            >
                <X aria-hidden className="size-4" />
            </button>
        </p>
    );
}
