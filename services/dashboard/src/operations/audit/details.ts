/** One thing that an entry tells: a value, or what it was and what it became. */
export interface Detail {
    name: string;
    was?: string;
    is: string;
}

type Data = Readonly<Record<string, unknown>>;

/** An entry's data, each thing by itself: `before` and `after` are joined by their names. `version` says nothing to people. */
export function detailsOf(data: Data): Detail[] {
    const { before, after } = data;
    const changes = isData(before) && isData(after) ? changesOf(before, after) : [];
    const told = changes.length > 0 ? ["version", "before", "after"] : ["version"];
    const rest = Object.entries(data).filter(([name]) => !told.includes(name));
    return [...changes, ...rest.map(([name, value]) => ({ name, is: said(value) }))];
}

function changesOf(before: Data, after: Data): Detail[] {
    const names = [...new Set([...Object.keys(before), ...Object.keys(after)])];
    return names.map((name) => ({ name, was: said(before[name]), is: said(after[name]) }));
}

function isData(value: unknown): value is Data {
    return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** A thing with a name is called by it. */
function said(value: unknown): string {
    if (value === null || value === undefined || value === "") return "–";
    if (isData(value) && typeof value.name === "string") return value.name;
    return typeof value === "object" ? JSON.stringify(value) : String(value as string | number | boolean);
}
