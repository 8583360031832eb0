import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import { useClinic } from "@/session/useSession";
import { type Language, languageOf } from "./languages";
import { clockTime, dayName, daysAgo, duration, fullTime, listTime } from "./times";

export interface Times {
    clock: (iso: string) => string;
    list: (iso: string, now?: Date) => string;
    day: (iso: string, now?: Date) => string;
    full: (iso: string) => string;
    daysAgo: (iso: string, now?: Date) => number;
    duration: (seconds: number) => string;
}

/** Times in words: of the clinic's zone, in the language that was chosen. */
export function useTimes(): Times {
    const { timezone } = useClinic();
    const language = useLanguage();
    return useMemo(
        () => ({
            clock: (iso) => clockTime(iso, timezone, language),
            list: (iso, now = new Date()) => listTime(iso, timezone, now, language),
            day: (iso, now = new Date()) => dayName(iso, timezone, now, language),
            full: (iso) => fullTime(iso, timezone, language),
            daysAgo: (iso, now = new Date()) => daysAgo(iso, timezone, now),
            duration: (seconds) => duration(seconds, language),
        }),
        [timezone, language],
    );
}

/** The language that was chosen. */
export function useLanguage(): Language {
    return languageOf(useTranslation().i18n.resolvedLanguage);
}
