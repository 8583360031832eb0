import * as z from "zod/mini";

export const ROLES = ["agent", "supervisor", "operator", "admin"] as const;
export type Role = (typeof ROLES)[number];

const user = z.object({ id: z.string(), name: z.string(), email: z.string(), role: z.enum(ROLES) });
const clinic = z.object({ id: z.string(), slug: z.string(), name: z.string(), timezone: z.string() });
export const signedInShape = z.object({ token: z.string(), user, clinic, receivedAt: z.number() });

/** What is kept of a login. `receivedAt` is this browser's clock, in milliseconds. */
export type SignedIn = z.infer<typeof signedInShape>;
export type Identity = Pick<SignedIn, "user" | "clinic">;
export type User = Identity["user"];
export type Clinic = Identity["clinic"];

const claims = z.object({ iat: z.number(), exp: z.number() });

/** What another tab, or this one before a reload, has kept; null where it is nothing of ours. */
export function parseSignedIn(text: string | null): SignedIn | null {
    try {
        return signedInShape.parse(JSON.parse(text ?? "null"));
    } catch {
        return null;
    }
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
        const { iat, exp } = claims.parse(JSON.parse(atob(payload)));
        return (exp - iat) * 1000;
    } catch {
        return 0;
    }
}
