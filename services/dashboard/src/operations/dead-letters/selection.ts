/** What is selected of a list, and from where a range begins. */
export interface Selection {
    ids: ReadonlySet<string>;
    anchor: string | null;
}

export const NOTHING: Selection = { ids: new Set(), anchor: null };

export function toggled(selection: Selection, id: string): Selection {
    const ids = new Set(selection.ids);
    if (!ids.delete(id)) ids.add(id);
    return { ids, anchor: id };
}

/** With shift: everything from the last one that was touched to this one becomes what this one becomes. */
export function rangeToggled(selection: Selection, listed: readonly string[], id: string): Selection {
    const [from, to] = [selection.anchor === null ? -1 : listed.indexOf(selection.anchor), listed.indexOf(id)];
    if (from < 0 || to < 0) return toggled(selection, id);
    const ids = new Set(selection.ids);
    const chosen = !ids.has(id);
    for (const one of listed.slice(Math.min(from, to), Math.max(from, to) + 1))
        if (chosen) ids.add(one);
        else ids.delete(one);
    return { ids, anchor: id };
}

export function allToggled(selection: Selection, listed: readonly string[]): Selection {
    const all = listed.every((id) => selection.ids.has(id));
    return { ids: new Set(all ? [] : listed), anchor: null };
}

/** Without what is not in the list any more: an action never reaches what nobody sees. */
export function present(selection: Selection, listed: readonly string[]): Selection {
    const ids = new Set(listed.filter((id) => selection.ids.has(id)));
    const anchor = selection.anchor !== null && listed.includes(selection.anchor) ? selection.anchor : null;
    return { ids, anchor };
}
