import { useSyncExternalStore } from "react";
import { session } from "./session";
import type { Clinic, Identity, User } from "./signed-in";

/** Who is signed in, or null. */
export function useSession(): Identity | null {
    return useSyncExternalStore(session.subscribe, session.identity);
}

/** The signed-in user. Only for what is shown to those who are signed in. */
export function useUser(): User {
    return useIdentity().user;
}

/** The signed-in user's clinic, and so the time zone of all times. */
export function useClinic(): Clinic {
    return useIdentity().clinic;
}

function useIdentity(): Identity {
    const identity = useSession();
    if (!identity) throw new Error("nobody is signed in");
    return identity;
}
