import type { ServiceToken } from "./queries";

/** Days that a new token can live for; the last: until it is revoked. */
export const LIVES = [30, 90, 365, 730, null] as const;
const DAY_MS = 86_400_000;
const SOON_DAYS = 14;

type Life = Pick<ServiceToken, "state" | "expires_at">;

/** Whether an integration can still speak with it. */
export function goesOn({ state }: Life): boolean {
    return state === "active" || state === "replaced";
}

/** Whether it ends soon with nothing to take its place: somebody should rotate it. */
export function endsSoon({ state, expires_at: end }: Life, now: number): boolean {
    return state === "active" && end !== null && Date.parse(end) - now < SOON_DAYS * DAY_MS;
}
