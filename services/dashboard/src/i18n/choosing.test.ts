import i18next from "i18next";
import { beforeEach, expect, test, vi } from "vitest";

let translation: typeof import("./index");
let texts: typeof import("./namespaces");

async function load(): Promise<void> {
    vi.resetModules();
    [translation, texts] = await Promise.all([import("./index"), import("./namespaces")]);
}

/** English is on its way until what this gives is called. */
async function heldFirstTexts(): Promise<() => void> {
    const first = await texts.FIRST_TEXTS.en();
    let arrive = (): void => undefined;
    const way = new Promise<typeof first>((resolve) => (arrive = () => resolve(first)));
    vi.spyOn(texts.FIRST_TEXTS, "en").mockReturnValue(way);
    return () => arrive();
}

beforeEach(() => {
    localStorage.clear();
    vi.restoreAllMocks();
});

// The first one here: later ones find a library that has begun.
test("a page's texts may come before those of the first load, and in the language that was chosen", async () => {
    localStorage.setItem("prosa.language", "en");
    await load();
    const arrive = await heldFirstTexts();
    const started = translation.startTranslation();
    const page = translation.bringTexts("administration");
    await texts.LATER_TEXTS.administration?.en();
    await new Promise((resolve) => setTimeout(resolve)); // whoever else waits for them has them too
    arrive();
    await Promise.all([started, page]);
    expect(i18next.hasResourceBundle("en", "administration")).toBe(true);
    expect(i18next.hasResourceBundle("pt-BR", "administration")).toBe(false);
});

test("a change of language that failed leaves the one that is spoken to pages that come later", async () => {
    await load();
    await translation.startTranslation();
    vi.spyOn(texts.FIRST_TEXTS, "en").mockRejectedValue(new TypeError("network"));
    await expect(translation.chooseLanguage("en")).rejects.toThrow("network");
    await translation.bringTexts("operations");
    expect(i18next.language).toBe("pt-BR");
    expect(i18next.hasResourceBundle("pt-BR", "operations")).toBe(true);
});

test("a page that comes while a language is on its way speaks it too", async () => {
    await load();
    await translation.startTranslation();
    const arrive = await heldFirstTexts();
    const changed = translation.chooseLanguage("en");
    await translation.bringTexts("contacts");
    arrive();
    await changed;
    expect(i18next.language).toBe("en");
    expect(i18next.hasResourceBundle("en", "contacts")).toBe(true);
});
