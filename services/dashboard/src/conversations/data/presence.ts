import type { Present, PresenceListing, StatusChange } from "@/realtime/protocol";

export interface Presence {
    /** Also who went offline: an older list must not bring them back. */
    users: Readonly<Record<string, Present>>;
    version: number;
    stale: boolean;
}

export const NOBODY: Presence = { users: {}, version: 0, stale: true };

/** Who is there by a list: who is not in it was offline as of its version. */
export function withListing(known: Presence, listing: PresenceListing): Presence {
    if (listing.version < known.version) return listing.users.reduce(withUser, known);
    const later = Object.values(known.users).filter(({ version }) => version > listing.version);
    const users: Record<string, Present> = Object.fromEntries(listing.users.map((user) => [user.user_id, user]));
    for (const user of later) users[user.user_id] = newer(users[user.user_id], user);
    return { users, version: listing.version, stale: listing.stale };
}

export function withChange(known: Presence, { user_id, name, status, version, at }: StatusChange): Presence {
    return withUser(known, { user_id, name, status, version, since: at });
}

function withUser(known: Presence, user: Present): Presence {
    const before = known.users[user.user_id];
    // Whom the list did not have was offline then, which is newer than what is told only now.
    const isNews = before ? user.version > before.version : user.version > known.version;
    return isNews ? { ...known, users: { ...known.users, [user.user_id]: user } } : known;
}

export function presentUsers({ users }: Presence): Present[] {
    return Object.values(users)
        .filter(({ status }) => status !== "offline")
        .sort((a, b) => a.name.localeCompare(b.name));
}

export function countsOf(users: readonly Present[]): { online: number; away: number; busy: number } {
    const counts = { online: 0, away: 0, busy: 0 };
    for (const { status } of users) if (status !== "offline") counts[status] += 1;
    return counts;
}

function newer(known: Present | undefined, other: Present): Present {
    return known && known.version >= other.version ? known : other;
}
