import { Ban, BellOff, EllipsisVertical, RotateCcw, Undo2 } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useMay } from "@/session/useMay";
import { Button } from "@/ui/button";
import { DropdownMenu, DropdownMenuContent, DropdownMenuItem, DropdownMenuTrigger } from "@/ui/dropdown-menu";
import { ReasonDialog } from "../ReasonDialog";
import { DuplicateDialog } from "./DuplicateDialog";
import type { Entry } from "./queries";
import { useEntryActions } from "./useEntryActions";
import { useMute } from "./useIssueChange";

type Asking = "discard" | "duplicate";

/** What can be done with a dead letter of the list, as far as its state and the user's rights go. */
export function EntryMenu({ entry }: { entry: Entry }) {
    const { t } = useTranslation("operations");
    const [asking, setAsking] = useState<Asking | null>(null);
    const { replay, restore, discard } = useEntryActions(entry);
    const mute = useMute();
    const [mayReplay, mayDiscard] = [useMay("replay"), useMay("discard")];
    const close = () => setAsking(null);
    if (!mayReplay && !mayDiscard) return null;
    const again = () => (entry.reason === "unknown_outcome" ? setAsking("duplicate") : replay.mutate({}));
    return (
        <>
            <DropdownMenu>
                <DropdownMenuTrigger asChild>
                    <Button variant="ghost" size="icon-sm" aria-label={t("list.actionsOf", { id: entry.id })}>
                        <EllipsisVertical aria-hidden />
                    </Button>
                </DropdownMenuTrigger>
                <DropdownMenuContent align="end">
                    {mayReplay && (
                        <DropdownMenuItem disabled={entry.state !== "dead"} onSelect={again}>
                            <RotateCcw aria-hidden />
                            {t("entry.replay")}
                        </DropdownMenuItem>
                    )}
                    {mayDiscard && entry.state !== "discarded" && (
                        <DropdownMenuItem disabled={entry.state !== "dead"} onSelect={() => setAsking("discard")}>
                            <Ban aria-hidden />
                            {t("entry.discard")}
                        </DropdownMenuItem>
                    )}
                    {mayDiscard && entry.state === "discarded" && (
                        <DropdownMenuItem onSelect={() => restore.mutate()}>
                            <Undo2 aria-hidden />
                            {t("entry.restore")}
                        </DropdownMenuItem>
                    )}
                    {mayDiscard && (
                        <DropdownMenuItem onSelect={() => mute.mutate([entry.fingerprint])}>
                            <BellOff aria-hidden />
                            {t("entry.mute")}
                        </DropdownMenuItem>
                    )}
                </DropdownMenuContent>
            </DropdownMenu>
            {asking === "discard" && <DiscardDialog onClose={close} onConfirm={discard} />}
            {asking === "duplicate" && (
                <DuplicateDialog onClose={close} onConfirm={() => replay.mutate({ acceptDuplicate: true })} />
            )}
        </>
    );
}

type DiscardDialogProps = { onClose: () => void; onConfirm: (reason: string) => Promise<unknown> };

export function DiscardDialog(props: DiscardDialogProps) {
    const { t } = useTranslation("operations");
    return (
        <ReasonDialog
            destructive
            title={t("entry.discardTitle")}
            text={t("entry.discardText")}
            confirm={t("entry.discard")}
            {...props}
        />
    );
}
