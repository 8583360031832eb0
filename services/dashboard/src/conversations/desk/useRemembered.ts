import { useState } from "react";

/** A choice that this browser remembers. */
export function useRemembered(name: string, otherwise: boolean): [boolean, (value: boolean) => void] {
    const [value, setValue] = useState(() => read(name) ?? otherwise);
    const change = (next: boolean) => {
        setValue(next);
        try {
            localStorage.setItem(name, String(next));
        } catch {
            // Storage is forbidden: it holds until the page is left.
        }
    };
    return [value, change];
}

function read(name: string): boolean | null {
    try {
        const kept = localStorage.getItem(name);
        return kept === null ? null : kept === "true";
    } catch {
        return null;
    }
}
