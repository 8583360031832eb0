import type { Language } from "./languages";

// Formatters are costly to make and there are few kinds of them.
const formatters = new Map<string, Intl.DateTimeFormat>();

function formatter(language: Language, zone: string, options: Intl.DateTimeFormatOptions): Intl.DateTimeFormat {
    const key = `${language} ${zone} ${JSON.stringify(options)}`;
    let known = formatters.get(key);
    if (!known) formatters.set(key, (known = new Intl.DateTimeFormat(language, { ...options, timeZone: zone })));
    return known;
}

/** The calendar day of a moment in a zone, as `2025-06-27`: equal where two moments share their day there. */
export function dayIn(zone: string, moment: Date): string {
    const day = formatter("en", zone, { year: "numeric", month: "2-digit", day: "2-digit" });
    const parts = Object.fromEntries(day.formatToParts(moment).map(({ type, value }) => [type, value]));
    return `${parts.year}-${parts.month}-${parts.day}`;
}

/** `14:30`, as the clinic's clock showed it. */
export function clockTime(iso: string, zone: string, language: Language = "pt-BR"): string {
    return formatter(language, zone, { hour: "2-digit", minute: "2-digit", hourCycle: "h23" }).format(new Date(iso));
}

/** What a list shows: `14:30` today, `26 de jun` before, `26 de jun de 2024` in another year. */
export function listTime(iso: string, zone: string, now: Date, language: Language = "pt-BR"): string {
    const moment = new Date(iso);
    const [day, today] = [dayIn(zone, moment), dayIn(zone, now)];
    if (day === today) return clockTime(iso, zone, language);
    const year = day.slice(0, 4) === today.slice(0, 4) ? {} : ({ year: "numeric" } as const);
    return undotted(formatter(language, zone, { day: "numeric", month: "short", ...year }).format(moment));
}

/** A day of a timeline: `27 de junho`, with its year where it is another. Today and yesterday are the caller's words. */
export function dayName(iso: string, zone: string, now: Date, language: Language = "pt-BR"): string {
    const moment = new Date(iso);
    const year = dayIn(zone, moment).slice(0, 4) === dayIn(zone, now).slice(0, 4) ? {} : ({ year: "numeric" } as const);
    return formatter(language, zone, { weekday: "long", day: "numeric", month: "long", ...year }).format(moment);
}

/** The whole of a moment, for tooltips: `27 de jun de 2025, 00:59:16`. */
export function fullTime(iso: string, zone: string, language: Language = "pt-BR"): string {
    const options = { dateStyle: "medium", timeStyle: "medium", hourCycle: "h23" } as const;
    return undotted(formatter(language, zone, options).format(new Date(iso)));
}

/** How many days of a zone's calendar lie between: 0 today, 1 yesterday; negative in the future. */
export function daysAgo(iso: string, zone: string, now: Date): number {
    const midnight = (moment: Date) => Date.parse(`${dayIn(zone, moment)}T00:00:00Z`);
    return Math.round((midnight(now) - midnight(new Date(iso))) / 86_400_000);
}

/** A time that passed, in its largest unit: `agora`, `5 min`, `3 h`, `2 d`. For waiting times and ages. */
export function duration(seconds: number, language: Language = "pt-BR"): string {
    if (seconds < 60) return language === "en" ? "now" : "agora";
    if (seconds < 3600) return `${Math.floor(seconds / 60)} min`;
    if (seconds < 86_400) return `${Math.floor(seconds / 3600)} h`;
    return `${Math.floor(seconds / 86_400)} d`;
}

function undotted(text: string): string {
    return text.replaceAll(".", ""); // "26 de jun." of some browsers' tables
}
