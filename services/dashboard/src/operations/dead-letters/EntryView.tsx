import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useMay } from "@/session/useMay";
import { Badge } from "@/ui/badge";
import { Card } from "@/ui/page";
import { laneOf } from "../queue/trends";
import { useNow } from "../useNow";
import { ReasonDialog } from "../ReasonDialog";
import { Attempts, Headers, History } from "./Course";
import { Editing } from "./Editing";
import { EntryActions } from "./EntryActions";
import { expiresSoon } from "./expiry";
import { Facts } from "./Facts";
import { Payload } from "./Payload";
import { reveal, type EntryDetail, type LoadedEntry, type RevealedEntry } from "./queries";
import { StateChip } from "./StateChip";
import { useEntryActions } from "./useEntryActions";

type Asking = "reveal" | "edit";

export function EntryView({ loaded }: { loaded: LoadedEntry }) {
    const { t } = useTranslation("operations");
    const { entry } = loaded;
    const [asking, setAsking] = useState<Asking | null>(null);
    const [editing, setEditing] = useState(false);
    const [revealed, setRevealed] = useState<RevealedEntry | null>(null);
    const { replay } = useEntryActions(entry);
    const [mayReveal, mayEdit] = [useMay("view_payload"), useMay("edit_payload")];
    const edit = mayEdit && isEditable(loaded) ? () => (revealed ? setEditing(true) : setAsking("edit")) : undefined;
    const onReveal = async (reason: string) => {
        setRevealed(await reveal(entry.id, reason));
        if (asking === "edit") setEditing(true);
    };
    // What was revealed is not what is stored any more.
    const onSaved = (again: boolean) => {
        setEditing(false);
        setRevealed(null);
        if (again) replay.mutate({ mode: "event" });
    };
    return (
        <>
            <WhatFailed entry={entry} onEdit={edit} />
            {editing && revealed && (
                <Editing entry={entry} revealed={revealed} onClose={() => setEditing(false)} onSaved={onSaved} />
            )}
            <div className="grid items-start gap-5 lg:grid-cols-[minmax(0,1fr)_24rem]">
                <div className="grid min-w-0 gap-5">
                    <Payload
                        loaded={loaded}
                        revealed={revealed}
                        mayReveal={mayReveal}
                        onReveal={() => setAsking("reveal")}
                        onHide={() => setRevealed(null)}
                    />
                    <Attempts entry={entry} />
                </div>
                <div className="grid min-w-0 gap-5">
                    <Facts entry={entry} />
                    <History entry={entry} />
                    <Headers entry={entry} />
                </div>
            </div>
            {asking && (
                <ReasonDialog
                    title={t(`${asking}.askTitle`)}
                    text={t(`${asking}.askText`)}
                    confirm={t(`${asking}.confirm`)}
                    onClose={() => setAsking(null)}
                    onConfirm={onReveal}
                />
            )}
        </>
    );
}

function WhatFailed({ entry, onEdit }: { entry: EntryDetail; onEdit: (() => void) | undefined }) {
    const { t } = useTranslation("operations");
    const now = useNow();
    return (
        <Card className="grid grid-cols-1 gap-3">
            <div className="flex flex-wrap items-center gap-1.5">
                <StateChip state={entry.state} />
                <Badge variant="outline">{t(`reasons.${entry.reason}`)}</Badge>
                {entry.edited && <Badge variant="info">{t("list.edited")}</Badge>}
                {expiresSoon(entry, now) && <Badge variant="warning">{t("list.expires")}</Badge>}
            </div>
            <p className="text-base font-semibold break-words">{entry.error_message || entry.error_class}</p>
            <p className="text-sm text-muted-foreground">
                <code className="mr-2 text-xs">{entry.error_class}</code>
                {t(`advice.${entry.reason}`)}
            </p>
            <EntryActions entry={entry} onEdit={onEdit} />
        </Card>
    );
}

/** Replies name a stored message and deliveries say what happened: neither can be edited. */
function isEditable({ entry, payload }: LoadedEntry): boolean {
    return entry.state === "dead" && laneOf(entry.event_type) === "events" && payload !== null;
}
