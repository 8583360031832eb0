import { useMemo } from "react";
import { useUser } from "@/session/useSession";
import { Drafts, type Shelf } from "../composer/drafts";

// Where storage is forbidden drafts live as long as the page.
const memory = new Map<string, string>();
const MEMORY: Shelf = {
    getItem: (name) => memory.get(name) ?? null,
    setItem: (name, value) => void memory.set(name, value),
    removeItem: (name) => void memory.delete(name),
};

function shelf(): Shelf {
    try {
        return window.localStorage;
    } catch {
        return MEMORY;
    }
}

/** The user's drafts. */
export function useDrafts(): Drafts {
    const { id } = useUser();
    return useMemo(() => draftsOf(id), [id]);
}

export function draftsOf(userId: string): Drafts {
    return new Drafts(userId, shelf(), Date.now);
}
