import { useQuery } from "@tanstack/react-query";
import { UsersRound } from "lucide-react";
import { useTranslation } from "react-i18next";
import { answer, api } from "@/api/client";
import { useTimes } from "@/i18n/useTimes";
import { Button } from "@/ui/button";
import type { Conflict } from "./conflict";

export type Shown = { id: string; version: number; updated_at?: string };
type ConflictNoteProps<T> = {
    conflict: Conflict<T> | null;
    /** What the audit log calls such a thing. */
    subject: string;
    onTheirs: (now: T) => void;
    onMine: (now: T) => void;
};

/** Somebody else changed what is being edited: who, when, and whose words are to stay. Nothing typed is lost. */
export function ConflictNote<T extends Shown>({ conflict, subject, onTheirs, onMine }: ConflictNoteProps<T>) {
    if (!conflict) return null;
    return <Note now={conflict.now} subject={subject} onTheirs={onTheirs} onMine={onMine} />;
}

type NoteProps<T> = Omit<ConflictNoteProps<T>, "conflict"> & { now: T };

function Note<T extends Shown>({ now, subject, onTheirs, onMine }: NoteProps<T>) {
    const { t } = useTranslation("administration");
    const { full } = useTimes();
    const by = useWho(subject, now);
    const at = now.updated_at ?? by?.at;
    return (
        <div role="alert" className="grid gap-2 rounded-md bg-warning-soft p-3 text-[0.8125rem] text-warning">
            <p className="flex items-start gap-2">
                <UsersRound aria-hidden className="mt-0.5 size-4 shrink-0" />
                {t(by?.name ? "conflict.by" : "conflict.somebody", { name: by?.name, time: at ? full(at) : "" })}
            </p>
            <div className="flex flex-wrap gap-2">
                <Button size="sm" variant="outline" onClick={() => onTheirs(now)}>
                    {t("conflict.theirs")}
                </Button>
                <Button size="sm" variant="outline" onClick={() => onMine(now)}>
                    {t("conflict.mine")}
                </Button>
            </div>
        </div>
    );
}

/** The audit log knows who made it so. */
function useWho(subject: string, { id, version }: Shown) {
    const { data } = useQuery({
        queryKey: ["administration", "changed-by", subject, id, version],
        queryFn: ({ signal }) => {
            const query = { subject_type: subject, subject_id: id, limit: 1 };
            return answer(api.GET("/api/audit", { params: { query }, signal }));
        },
    });
    const entry = data?.entries[0];
    return entry && { name: entry.actor?.name, at: entry.at };
}
