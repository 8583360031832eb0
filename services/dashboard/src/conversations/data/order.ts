/** Ids are whole numbers written as texts, beyond what a number holds. */
export function compareIds(a: string, b: string): number {
    return a.length - b.length || (a < b ? -1 : Number(a > b));
}

interface Timed {
    id: string;
    timestamp: string;
}

/** Oldest first, as the server orders messages. */
export function byTime(a: Timed, b: Timed): number {
    return Date.parse(a.timestamp) - Date.parse(b.timestamp) || compareIds(a.id, b.id);
}

/** Active last first, as the server orders conversations. */
export function byActivity(a: Timed, b: Timed): number {
    return byTime(b, a);
}
