import { useSyncExternalStore } from "react";

/** `narrow`: one thing at a time; `medium`: list and conversation; `wide`: the details beside them. */
export type Screen = "narrow" | "medium" | "wide";

const MEDIUM = "(min-width: 768px)";
const WIDE = "(min-width: 1280px)";

export function useScreen(): Screen {
    const medium = useMedia(MEDIUM);
    const wide = useMedia(WIDE);
    if (wide) return "wide";
    return medium ? "medium" : "narrow";
}

function useMedia(query: string): boolean {
    return useSyncExternalStore(
        (changed) => {
            const list = window.matchMedia(query);
            list.addEventListener("change", changed);
            return () => list.removeEventListener("change", changed);
        },
        () => window.matchMedia(query).matches,
    );
}
