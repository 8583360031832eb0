import { useSyncExternalStore } from "react";
import { chosenTheme, resolvedTheme, subscribeTheme, type Theme } from "./theme";

/** The theme that was chosen, and the one that is shown. */
export function useTheme(): { chosen: Theme; resolved: "light" | "dark" } {
    const chosen = useSyncExternalStore(subscribeTheme, chosenTheme);
    const resolved = useSyncExternalStore(subscribeTheme, resolvedTheme);
    return { chosen, resolved };
}
