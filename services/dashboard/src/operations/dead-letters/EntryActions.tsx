import { Ban, BellOff, FilePenLine, RotateCcw, Undo2 } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useMay } from "@/session/useMay";
import { Button } from "@/ui/button";
import { laneOf } from "../queue/trends";
import { DuplicateDialog } from "./DuplicateDialog";
import { DiscardDialog } from "./EntryMenu";
import type { EntryDetail } from "./queries";
import { type Mode, useEntryActions } from "./useEntryActions";
import { useMute } from "./useIssueChange";

type Asking = "discard" | "duplicate";

export function EntryActions({ entry, onEdit }: { entry: EntryDetail; onEdit: (() => void) | undefined }) {
    const { t } = useTranslation("operations");
    const [asking, setAsking] = useState<Asking | null>(null);
    const { replay, restore, discard } = useEntryActions(entry);
    const mute = useMute();
    const [mayReplay, mayDiscard] = [useMay("replay"), useMay("discard")];
    const isDead = entry.state === "dead";
    const close = () => setAsking(null);
    const again = (mode?: Mode) =>
        entry.reason === "unknown_outcome" ? setAsking("duplicate") : replay.mutate({ mode });
    return (
        <div className="flex flex-wrap gap-2">
            {mayReplay && isDead && (
                <Button pending={replay.isPending} onClick={() => again()}>
                    <RotateCcw aria-hidden />
                    {t(entry.edited ? "entry.replayEdited" : "entry.replay")}
                </Button>
            )}
            {mayReplay && isDead && laneOf(entry.event_type) === "events" && (
                <Button variant="outline" pending={replay.isPending} onClick={() => again("raw")}>
                    {t("entry.replayRaw")}
                </Button>
            )}
            {onEdit && (
                <Button variant="outline" onClick={onEdit}>
                    <FilePenLine aria-hidden />
                    {t("entry.edit")}
                </Button>
            )}
            {mayDiscard && isDead && (
                <Button variant="outline" onClick={() => setAsking("discard")}>
                    <Ban aria-hidden />
                    {t("entry.discard")}
                </Button>
            )}
            {mayDiscard && entry.state === "discarded" && (
                <Button variant="outline" pending={restore.isPending} onClick={() => restore.mutate()}>
                    <Undo2 aria-hidden />
                    {t("entry.restore")}
                </Button>
            )}
            {mayDiscard && (
                <Button variant="ghost" pending={mute.isPending} onClick={() => mute.mutate([entry.fingerprint])}>
                    <BellOff aria-hidden />
                    {t("entry.mute")}
                </Button>
            )}
            {asking === "discard" && <DiscardDialog onClose={close} onConfirm={discard} />}
            {asking === "duplicate" && (
                <DuplicateDialog onClose={close} onConfirm={() => replay.mutate({ acceptDuplicate: true })} />
            )}
        </div>
    );
}
