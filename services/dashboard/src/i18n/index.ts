import i18next from "i18next";
import { initReactI18next } from "react-i18next";
import { type Language, languageOf, LANGUAGES } from "./languages";
import { LATER_NAMESPACES, NAMESPACES } from "./namespaces";

export const LANGUAGE_KEY = "prosa.language";

/** Have the texts of the first load at hand, in the language that this browser chose, or Portuguese. */
export function startTranslation(language: Language = chosenLanguage()): typeof i18next {
    void i18next.use(initReactI18next).init({
        lng: language,
        fallbackLng: "pt-BR",
        supportedLngs: LANGUAGES,
        resources: Object.fromEntries(LANGUAGES.map((each) => [each, bundle(each)])),
        defaultNS: "app",
        ns: Object.keys(NAMESPACES),
        interpolation: { escapeValue: false }, // React escapes
        initAsync: false,
    });
    return i18next;
}

/** Have a folder's texts at hand, where they do not come with the first load. */
export async function bringTexts(folder: string): Promise<void> {
    const texts = await LATER_NAMESPACES[folder]?.();
    if (texts) for (const language of LANGUAGES) i18next.addResourceBundle(language, folder, texts[language]);
}

/** Speak another language, here and after a reload. */
export function chooseLanguage(language: Language): void {
    void i18next.changeLanguage(language);
    document.documentElement.lang = language;
    try {
        localStorage.setItem(LANGUAGE_KEY, language);
    } catch {
        // Storage is forbidden here: it holds until the page is left.
    }
}

function chosenLanguage(): Language {
    try {
        return languageOf(localStorage.getItem(LANGUAGE_KEY));
    } catch {
        return languageOf(null);
    }
}

function bundle(language: Language): Record<string, object> {
    return Object.fromEntries(Object.entries(NAMESPACES).map(([name, texts]) => [name, texts[language]]));
}
