import type { Language } from "./languages";

type Tree = { readonly [key: string]: string | Tree };
export type Texts = Readonly<Record<Language, Tree>>;
type File = { texts: Texts };

const AT_ONCE = import.meta.glob<File>(["../*/texts.ts", "!../operations/texts.ts", "!../administration/texts.ts"], {
    eager: true,
});
// Of pages that most people never open.
const LATER = import.meta.glob<File>(["../operations/texts.ts", "../administration/texts.ts"]);

/** The texts that the first load brings, by the folder of their `texts.ts`. */
export const NAMESPACES: Readonly<Record<string, Texts>> = Object.fromEntries(
    Object.entries(AT_ONCE).map(([path, { texts }]) => [folderOf(path), texts]),
);

/** Those that come with the first page of their folder. */
export const LATER_NAMESPACES: Readonly<Record<string, () => Promise<Texts>>> = Object.fromEntries(
    Object.entries(LATER).map(([path, load]) => [folderOf(path), async () => (await load()).texts]),
);

/** The paths of all texts of a tree, as `error.title`. */
export function textKeys(tree: Tree, prefix = ""): string[] {
    return Object.entries(tree).flatMap(([key, value]) =>
        typeof value === "string" ? [prefix + key] : textKeys(value, `${prefix}${key}.`),
    );
}

function folderOf(path: string): string {
    return path.split("/")[1] ?? "";
}
