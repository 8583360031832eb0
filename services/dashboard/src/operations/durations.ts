const SECOND = 1;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** How long something takes or has waited, in its two largest units: the same in Portuguese and English. */
export function formatDuration(seconds: number): string {
    const whole = Math.max(0, Math.floor(seconds));
    if (whole < SECOND) return "0 s";
    if (whole < MINUTE) return `${whole} s`;
    if (whole < HOUR) return pair(whole, MINUTE, "min", SECOND, "s");
    if (whole < DAY) return pair(whole, HOUR, "h", MINUTE, "min");
    return pair(whole, DAY, "d", HOUR, "h");
}

function pair(seconds: number, large: number, largeUnit: string, small: number, smallUnit: string): string {
    const first = Math.floor(seconds / large);
    const second = Math.floor((seconds % large) / small);
    return second === 0 ? `${first} ${largeUnit}` : `${first} ${largeUnit} ${second} ${smallUnit}`;
}

/** How many seconds lie between a time of the API and now; never less than none, as clocks differ. */
export function secondsSince(iso: string, now: number): number {
    return Math.max(0, (now - Date.parse(iso)) / 1000);
}
