import i18next from "i18next";
import { initReactI18next } from "react-i18next";
import { type Language, languageOf, LANGUAGES } from "./languages";
import { FIRST_TEXTS, LATER_TEXTS } from "./namespaces";

export const LANGUAGE_KEY = "prosa.language";

const brought = new Set<string>();
let spoken: Language = chosenLanguage();
/** Another than is spoken while its texts are on their way, and where they did not come. */
let asked: Language = spoken;
let begin: () => void;
const begun = new Promise<void>((resolve) => (begin = resolve));

/** Have the texts of the first load at hand, in the language that this browser chose, or Portuguese. */
export async function startTranslation(language: Language = spoken): Promise<void> {
    spoken = asked = language;
    const texts = await FIRST_TEXTS[language]();
    await i18next.use(initReactI18next).init({
        lng: language,
        fallbackLng: false,
        supportedLngs: LANGUAGES,
        resources: { [language]: { ...texts.default } },
        defaultNS: "app",
        ns: Object.keys(texts.default),
        interpolation: { escapeValue: false }, // React escapes
    });
    begin();
}

/** Have a folder's texts at hand, where they do not come with the first load. */
export async function bringTexts(folder: string): Promise<void> {
    if (!LATER_TEXTS[folder] || brought.has(folder)) return;
    await bring(folder, spoken);
    // From here on a change of the language brings it along.
    brought.add(folder);
    if (!i18next.hasResourceBundle(spoken, folder)) await bring(folder, spoken);
}

/** Speak another language, here and after a reload. Nothing changes where its texts cannot be had. */
export async function chooseLanguage(language: Language): Promise<void> {
    asked = language;
    const first = FIRST_TEXTS[language]().then((texts) => {
        for (const [folder, tree] of Object.entries(texts.default)) i18next.addResourceBundle(language, folder, tree);
    });
    await Promise.all([first, ...[...brought].map((folder) => bring(folder, language))]);
    // Pages that were opened meanwhile brought what is spoken until now.
    for (let late = missing(language); late.length > 0; late = missing(language))
        await Promise.all(late.map((folder) => bring(folder, language)));
    if (asked !== language) return; // another was chosen meanwhile
    spoken = language;
    await i18next.changeLanguage(language);
    document.documentElement.lang = language;
    try {
        localStorage.setItem(LANGUAGE_KEY, language);
    } catch {
        // Storage is forbidden here: it holds until the page is left.
    }
}

function missing(language: Language): string[] {
    return [...brought].filter((folder) => !i18next.hasResourceBundle(language, folder));
}

async function bring(folder: string, language: Language): Promise<void> {
    const texts = await LATER_TEXTS[folder]?.[language]();
    // A page's texts may come before those of the first load, when there is nothing yet to add them to.
    await begun;
    if (texts) i18next.addResourceBundle(language, folder, texts.default);
}

function chosenLanguage(): Language {
    try {
        return languageOf(localStorage.getItem(LANGUAGE_KEY));
    } catch {
        return languageOf(null);
    }
}
