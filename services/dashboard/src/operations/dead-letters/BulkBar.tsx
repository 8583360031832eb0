import { Ban, BellOff, RotateCcw, Undo2, X } from "lucide-react";
import { useTranslation } from "react-i18next";
import { useMay } from "@/session/useMay";
import { Button } from "@/ui/button";
import type { Entry } from "./queries";
import { useMute } from "./useIssueChange";
import { useRestoreMany } from "./useRestoreMany";

export type BulkAction = "replay" | "discard";

type BulkBarProps = { selected: readonly Entry[]; onAsk: (action: BulkAction) => void; onClear: () => void };

/** What can be done with what is selected. It holds its place above the list, so that nothing jumps. */
export function BulkBar({ selected, onAsk, onClear }: BulkBarProps) {
    const { t } = useTranslation("operations");
    const mute = useMute();
    const restore = useRestoreMany();
    const [mayReplay, mayDiscard] = [useMay("bulk_replay"), useMay("discard")];
    const dead = selected.filter(({ state }) => state === "dead").length;
    const discarded = selected.filter(({ state }) => state === "discarded");
    return (
        <div role="toolbar" aria-label={t("bulk.label")} className="flex flex-wrap items-center gap-2">
            <span role="status" className="mr-1 text-sm font-medium tabular-nums">
                {t("bulk.selected", { count: selected.length })}
            </span>
            {mayReplay && (
                <Button size="sm" disabled={dead === 0} onClick={() => onAsk("replay")}>
                    <RotateCcw aria-hidden />
                    {t("entry.replay")}
                </Button>
            )}
            {mayDiscard && (
                <>
                    <Button size="sm" variant="outline" disabled={dead === 0} onClick={() => onAsk("discard")}>
                        <Ban aria-hidden />
                        {t("entry.discard")}
                    </Button>
                    {discarded.length > 0 && (
                        <Button
                            size="sm"
                            variant="outline"
                            pending={restore.isPending}
                            onClick={() => restore.mutate(discarded.map(({ id }) => id))}
                        >
                            <Undo2 aria-hidden />
                            {t("entry.restore")}
                        </Button>
                    )}
                    <Button
                        size="sm"
                        variant="outline"
                        pending={mute.isPending}
                        onClick={() => mute.mutate(selected.map(({ fingerprint }) => fingerprint))}
                    >
                        <BellOff aria-hidden />
                        {t("bulk.mute")}
                    </Button>
                </>
            )}
            <Button size="sm" variant="ghost" onClick={onClear}>
                <X aria-hidden />
                {t("bulk.clear")}
            </Button>
        </div>
    );
}
