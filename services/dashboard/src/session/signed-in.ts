import type { components } from "@/api/schema";

export const ROLES = ["agent", "supervisor", "operator", "admin"] as const;
export type Role = (typeof ROLES)[number];
export type User = components["schemas"]["User"];
export type Clinic = components["schemas"]["Clinic"];
export type Identity = { user: User; clinic: Clinic };

/** What is kept of a login. `receivedAt` is this browser's clock, in milliseconds. */
export type SignedIn = Identity & { token: string; receivedAt: number };

/** What another tab, or this one before a reload, has kept; null where it is nothing of ours. */
export function parseSignedIn(text: string | null): SignedIn | null {
    try {
        const kept: unknown = JSON.parse(text ?? "null");
        return isSignedIn(kept) ? kept : null;
    } catch {
        return null;
    }
}

// By hand: a library that checks shapes would be a tenth of the first load.
function isSignedIn(value: unknown): value is SignedIn {
    return (
        hasTexts(value, ["token"]) &&
        "receivedAt" in value &&
        typeof value.receivedAt === "number" &&
        "user" in value &&
        hasTexts(value.user, ["id", "name", "email", "role"]) &&
        ROLES.some((role) => role === (value.user as User).role) &&
        "clinic" in value &&
        hasTexts(value.clinic, ["id", "slug", "name", "timezone"])
    );
}

function hasTexts(value: unknown, names: readonly string[]): value is Record<string, unknown> {
    return (
        typeof value === "object" &&
        value !== null &&
        names.every((name) => typeof (value as Record<string, unknown>)[name] === "string")
    );
}

/** Whether half of the token's life is over. Its life is taken from the token, so that no clocks are compared. */
export function isRefreshDue(signedIn: SignedIn, now: number): boolean {
    const age = now - signedIn.receivedAt;
    return age < 0 || age >= lifeMilliseconds(signedIn.token) / 2;
}

/** How long a token is valid from its beginning; 0 where it cannot be read. */
export function lifeMilliseconds(token: string): number {
    try {
        const payload = (token.split(".")[1] ?? "").replaceAll("-", "+").replaceAll("_", "/");
        const { iat, exp } = JSON.parse(atob(payload)) as { iat: unknown; exp: unknown };
        return typeof iat === "number" && typeof exp === "number" ? (exp - iat) * 1000 : 0;
    } catch {
        return 0;
    }
}
