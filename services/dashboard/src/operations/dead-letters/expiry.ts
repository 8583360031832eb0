import type { Entry } from "./queries";

const SOON_MS = 3 * 86_400_000;

/** Whether a dead letter that waits for somebody is about to be deleted by its retention. */
export function expiresSoon({ state, expires_at: end }: Pick<Entry, "state" | "expires_at">, now: number): boolean {
    return state === "dead" && end !== null && Date.parse(end) - now < SOON_MS;
}
