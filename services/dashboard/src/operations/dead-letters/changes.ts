export interface Change {
    path: string;
    kind: "added" | "removed" | "changed";
}

/** Where two JSON values differ: what a screen reader is told instead of colours. */
export function changesBetween(before: unknown, after: unknown, path = ""): Change[] {
    if (Object.is(before, after)) return [];
    if (!isBranch(before) || !isBranch(after) || Array.isArray(before) !== Array.isArray(after))
        return [{ path, kind: "changed" }];
    const names = [...new Set([...Object.keys(before), ...Object.keys(after)])];
    return names.flatMap((name) => memberChanges(before, after, name, path === "" ? name : `${path}.${name}`));
}

type Branch = Record<string, unknown>;

function memberChanges(before: Branch, after: Branch, name: string, path: string): Change[] {
    if (!Object.hasOwn(before, name)) return [{ path, kind: "added" }];
    if (!Object.hasOwn(after, name)) return [{ path, kind: "removed" }];
    return changesBetween(before[name], after[name], path);
}

function isBranch(value: unknown): value is Branch {
    return typeof value === "object" && value !== null;
}
