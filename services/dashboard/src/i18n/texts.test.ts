import { expect, test } from "vitest";
import { type Language, LANGUAGES } from "./languages";
import { FIRST_TEXTS, LATER_TEXTS, textKeys, type Tree } from "./namespaces";

const FILES = import.meta.glob<Record<Language, Tree>>("../*/texts.ts", { eager: true, import: "texts" });
const ALL = Object.entries(FILES).map(([path, texts]) => [path.split("/")[1] ?? "", texts] as const);

test.each(LANGUAGES)("everything that is said in %s is loaded, at once or later", async (language) => {
    const later = Object.entries(LATER_TEXTS).map(async ([name, load]) => [name, (await load[language]()).default]);
    const loaded = { ...(await FIRST_TEXTS[language]()).default, ...Object.fromEntries(await Promise.all(later)) };
    expect(loaded).toEqual(Object.fromEntries(ALL.map(([name, texts]) => [name, texts[language]])));
});

test.each(ALL)("%s has the same texts in both languages", (_name, texts) => {
    const [first, ...others] = LANGUAGES.map((language) => textKeys(texts[language]).sort());
    for (const keys of others) expect(keys).toEqual(first);
    expect(first?.length).toBeGreaterThan(0);
});

test.each(ALL)("%s says in both languages what it is given", (_name, texts) => {
    const holes = LANGUAGES.map((language) => holesOf(texts[language]));
    expect(holes[1]).toEqual(holes[0]);
});

/** The places in each text that are filled in. */
function holesOf(tree: object, prefix = ""): Record<string, string[]> {
    return Object.entries(tree).reduce<Record<string, string[]>>((found, [key, value]) => {
        if (typeof value !== "string") return { ...found, ...holesOf(value as object, `${prefix}${key}.`) };
        const names = [...value.matchAll(/{{\s*(\w+)/g)].map((match) => match[1] ?? "");
        return { ...found, [prefix + key]: [...new Set(names)].sort() };
    }, {});
}
