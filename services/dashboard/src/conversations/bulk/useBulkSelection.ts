import { useCallback, useMemo, useState } from "react";
import { useTranslation } from "react-i18next";
import { toast } from "@/ui/toast";
import type { Conversation } from "../entities";
import type { Outcome } from "./outcome";
import { extended, NOTHING_SELECTED, type Selection, stillShown, toggled, toggledAll } from "./selection";
import { type BulkChange, useBulkChange } from "./useBulkChange";

/** Which of the shown conversations are selected, and what is done with them. */
export function useBulkSelection(conversations: readonly Conversation[]) {
    const { t } = useTranslation("conversations");
    const [chosen, setChosen] = useState<Selection>(NOTHING_SELECTED);
    const [refused, setRefused] = useState<Outcome["refused"]>([]);
    const [names, setNames] = useState<ReadonlyMap<string, string>>(new Map());
    const change = useBulkChange();
    const shown = useMemo(() => conversations.map(({ id }) => id), [conversations]);
    const selection = useMemo(() => stillShown(chosen, shown), [chosen, shown]);
    const selected = useMemo(() => new Set(selection.ids), [selection]);
    const select = useCallback(
        (id: string, range: boolean) =>
            setChosen((now) => (range ? extended(now, id, shown) : toggled(stillShown(now, shown), id))),
        [shown],
    );

    const onChange = (changes: BulkChange) => {
        // Those that are refused are named, though they may have left the list by then.
        setNames(new Map(conversations.map(({ id, contact_name }) => [id, contact_name])));
        change.mutate(
            { ids: [...selection.ids], changes },
            {
                onSuccess: (outcome) => {
                    setChosen({ ids: outcome.refused.map(({ id }) => id), anchor: null });
                    setRefused(outcome.refused);
                    if (outcome.changed > 0) toast.success(t("bulk.done", { count: outcome.changed }));
                    else if (outcome.unchanged > 0) toast(t("bulk.unchanged", { count: outcome.unchanged }));
                },
                onError: () => toast.error(t("failed.action")),
            },
        );
    };

    return {
        count: selection.ids.length,
        all: shown.length > 0 && toggledAll(selection, shown).ids.length === 0,
        working: change.isPending,
        refused,
        isSelected: (id: string) => selected.has(id),
        nameOf: (id: string) => names.get(id) ?? "",
        select,
        onAll: () => setChosen(toggledAll(selection, shown)),
        onCancel: () => setChosen(NOTHING_SELECTED),
        onChange,
        forgetRefused: () => setRefused([]),
    };
}
