// The API names moments in the clinic's zone, with their offset. They become text once, in that zone, whatever the
// browser's own zone is: converting the text's digits a second time is how days slipped in the systems before.

export type Language = "pt-BR" | "en";

type Shape = "time" | "day" | "date" | "full" | "weekday" | "key";

const SHAPES: Record<Shape, Intl.DateTimeFormatOptions> = {
    time: { hour: "2-digit", minute: "2-digit", hourCycle: "h23" },
    day: { day: "numeric", month: "short" },
    date: { day: "numeric", month: "long", year: "numeric" },
    weekday: { weekday: "long" },
    full: {
        weekday: "long",
        day: "numeric",
        month: "long",
        year: "numeric",
        hour: "2-digit",
        minute: "2-digit",
        hourCycle: "h23",
    },
    key: { year: "numeric", month: "2-digit", day: "2-digit" },
};

const made = new Map<string, Intl.DateTimeFormat>();

// Making a formatter takes longer than formatting; a list of thousands of rows asks for few.
function formatter(shape: Shape, zone: string, language: string): Intl.DateTimeFormat {
    const name = `${shape} ${zone} ${language}`;
    const known = made.get(name);
    if (known) return known;
    const fresh = new Intl.DateTimeFormat(language, { ...SHAPES[shape], timeZone: zone });
    made.set(name, fresh);
    return fresh;
}

function written(shape: Shape, moment: string | Date, zone: string, language: string): string {
    const at = typeof moment === "string" ? new Date(moment) : moment;
    return Number.isNaN(at.getTime()) ? "" : formatter(shape, zone, language).format(at);
}

/** The clinic's calendar day, as a key that sorts: `2025-06-27`. */
export function dayKey(moment: string | Date, zone: string): string {
    return written("key", moment, zone, "en-CA");
}

/** `14:30`. */
export function clockTime(moment: string | Date, zone: string, language: Language): string {
    return written("time", moment, zone, language);
}

/** What a row of a list shows: `14:30` for today, `26 de jun` for any day before. */
export function listTime(moment: string, now: Date, zone: string, language: Language): string {
    if (dayKey(moment, zone) === dayKey(now, zone)) return clockTime(moment, zone, language);
    return written("day", moment, zone, language).replace(".", "");
}

/** The whole moment, for a tooltip. */
export function fullTime(moment: string, zone: string, language: Language): string {
    return written("full", moment, zone, language);
}

/** How a day is called between messages. */
export type DayName = { kind: "today" } | { kind: "yesterday" } | { kind: "named"; text: string };

export function dayName(moment: string, now: Date, zone: string, language: Language): DayName {
    const distance = daysBetween(dayKey(moment, zone), dayKey(now, zone));
    if (distance === 0) return { kind: "today" };
    if (distance === 1) return { kind: "yesterday" };
    const near = distance > 1 && distance < 7;
    return { kind: "named", text: written(near ? "weekday" : "date", moment, zone, language) };
}

function daysBetween(earlier: string, later: string): number {
    return Math.round((Date.parse(`${later}T00:00Z`) - Date.parse(`${earlier}T00:00Z`)) / 86_400_000);
}

/** `0:12`, `1:02:03`. */
export function playTime(seconds: number): string {
    const whole = Math.max(0, Math.floor(Number.isFinite(seconds) ? seconds : 0));
    const [hours, minutes, rest] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60, whole % 60];
    const tail = String(rest).padStart(2, "0");
    return hours > 0 ? `${hours}:${String(minutes).padStart(2, "0")}:${tail}` : `${minutes}:${tail}`;
}
