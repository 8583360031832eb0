import type { Language } from "./languages";

type Tree = { readonly [key: string]: string | Tree };
export type Texts = Readonly<Record<Language, Tree>>;

const FILES = import.meta.glob<{ texts: Texts }>("../*/texts.ts", { eager: true });

/** The texts of each folder that has a `texts.ts`, by the folder's name. */
export const NAMESPACES: Readonly<Record<string, Texts>> = Object.fromEntries(
    Object.entries(FILES).map(([path, { texts }]) => [path.split("/")[1], texts]),
);

/** The paths of all texts of a tree, as `error.title`. */
export function textKeys(tree: Tree, prefix = ""): string[] {
    return Object.entries(tree).flatMap(([key, value]) =>
        typeof value === "string" ? [prefix + key] : textKeys(value, `${prefix}${key}.`),
    );
}
