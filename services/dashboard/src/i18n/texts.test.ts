import { expect, test } from "vitest";
import { LANGUAGES } from "./languages";
import { NAMESPACES, textKeys } from "./namespaces";

test.each(Object.entries(NAMESPACES))("%s has the same texts in both languages", (_name, texts) => {
    const [first, ...others] = LANGUAGES.map((language) => textKeys(texts[language]).sort());
    for (const keys of others) expect(keys).toEqual(first);
    expect(first?.length).toBeGreaterThan(0);
});

test.each(Object.entries(NAMESPACES))("%s says in both languages what it is given", (_name, texts) => {
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
