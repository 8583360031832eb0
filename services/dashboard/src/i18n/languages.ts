export const LANGUAGES = ["pt-BR", "en"] as const;
export type Language = (typeof LANGUAGES)[number];

/** A language of ours, or Portuguese. */
export function languageOf(text: string | null | undefined): Language {
    return LANGUAGES.find((language) => language === text) ?? "pt-BR";
}
