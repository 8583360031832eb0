/** At most as many as one request may change. */
export const MOST_SELECTED = 100;

export type Selection = { ids: readonly string[]; anchor: string | null };

export const NOTHING_SELECTED: Selection = { ids: [], anchor: null };

/** With one more, or one fewer. */
export function toggled(selection: Selection, id: string): Selection {
    if (selection.ids.includes(id)) return { ids: selection.ids.filter((known) => known !== id), anchor: id };
    return { ids: [...selection.ids, id].slice(0, MOST_SELECTED), anchor: id };
}

/** With everything from the row that was last chosen to this one, as Shift and a click do. */
export function extended(selection: Selection, id: string, shown: readonly string[]): Selection {
    const [from, to] = [shown.indexOf(selection.anchor ?? id), shown.indexOf(id)];
    if (from < 0 || to < 0) return toggled(selection, id);
    const between = shown.slice(Math.min(from, to), Math.max(from, to) + 1);
    const ids = [...new Set([...selection.ids, ...between])];
    return { ids: ids.slice(0, MOST_SELECTED), anchor: id };
}

/** All that are shown, up to the limit; none where all of these are selected. */
export function toggledAll(selection: Selection, shown: readonly string[]): Selection {
    const all = shown.slice(0, MOST_SELECTED);
    const complete = all.length > 0 && all.every((id) => selection.ids.includes(id));
    return complete ? NOTHING_SELECTED : { ids: all, anchor: selection.anchor };
}

/** Only what is still shown: what left the list must not be changed unseen. */
export function stillShown(selection: Selection, shown: readonly string[]): Selection {
    const there = new Set(shown);
    const ids = selection.ids.filter((id) => there.has(id));
    return ids.length === selection.ids.length ? selection : { ...selection, ids };
}
