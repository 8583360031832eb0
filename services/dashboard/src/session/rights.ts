import type { Role } from "./signed-in";

/** The table "Rights" of docs/rights.md, for what to show. The API decides. */
export const RIGHTS = {
    view: ["supervisor", "operator", "admin"],
    view_payload: ["operator", "admin"],
    replay: ["operator", "admin"],
    bulk_replay: ["operator", "admin"],
    edit_payload: ["operator", "admin"],
    discard: ["operator", "admin"],
    pause: ["operator", "admin"],
    privacy: ["admin"],
    reassign: ["supervisor", "admin"],
    webhooks: ["admin"],
    arrange: ["supervisor", "admin"],
    administer: ["admin"],
    merge_contacts: ["supervisor", "admin"],
} as const satisfies Record<string, readonly Role[]>;

export type Right = keyof typeof RIGHTS;

/** Whether a role has a right. */
export function may(role: Role, right: Right): boolean {
    return (RIGHTS[right] as readonly Role[]).includes(role);
}
