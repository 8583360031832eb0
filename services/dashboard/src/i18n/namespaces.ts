import type { Language } from "./languages";

export type Tree = Readonly<Record<string, unknown>>;
type Load<T> = () => Promise<{ default: T }>;

/** The texts that every page needs, by the folder of their `texts.ts`. */
export const FIRST_TEXTS: Readonly<Record<Language, Load<Readonly<Record<string, Tree>>>>> = {
    "pt-BR": () => import("texts:pt-BR"),
    en: () => import("texts:en"),
};

/** Those that come with the first page of their folder, or with a part that the first load does not wait for. */
export const LATER_TEXTS: Readonly<Record<string, Readonly<Record<Language, Load<Tree>>>>> = {
    contacts: { "pt-BR": () => import("texts:pt-BR/contacts"), en: () => import("texts:en/contacts") },
    operations: { "pt-BR": () => import("texts:pt-BR/operations"), en: () => import("texts:en/operations") },
    administration: {
        "pt-BR": () => import("texts:pt-BR/administration"),
        en: () => import("texts:en/administration"),
    },
};

/** The paths of all texts of a tree, as `error.title`. */
export function textKeys(tree: Tree, prefix = ""): string[] {
    return Object.entries(tree).flatMap(([key, value]) =>
        typeof value === "object" && value !== null ? textKeys(value as Tree, `${prefix}${key}.`) : [prefix + key],
    );
}
