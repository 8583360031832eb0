import { expect, test } from "vitest";
import { LANGUAGES } from "./languages";
import { LATER_NAMESPACES, NAMESPACES, textKeys } from "./namespaces";

const later = Object.entries(LATER_NAMESPACES).map(async ([name, load]) => [name, await load()] as const);
const ALL = [...Object.entries(NAMESPACES), ...(await Promise.all(later))];

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
