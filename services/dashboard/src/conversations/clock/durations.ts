/** How long something has lasted, in its largest unit: what a person would say. */
export type Duration = { unit: "now" | "minutes" | "hours" | "days"; count: number };

export function durationSince(moment: string, now: Date): Duration {
    const minutes = Math.floor((now.getTime() - Date.parse(moment)) / 60_000);
    // A sender's clock may run ahead of ours.
    if (!(minutes >= 1)) return { unit: "now", count: 0 };
    if (minutes < 60) return { unit: "minutes", count: minutes };
    if (minutes < 60 * 24) return { unit: "hours", count: Math.floor(minutes / 60) };
    return { unit: "days", count: Math.floor(minutes / (60 * 24)) };
}
