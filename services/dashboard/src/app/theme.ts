export const THEMES = ["system", "light", "dark"] as const;
export type Theme = (typeof THEMES)[number];
export const THEME_KEY = "prosa.theme";

const dark = globalThis.matchMedia?.("(prefers-color-scheme: dark)");
const listeners = new Set<() => void>();
let choice = read();

/** What was chosen in this browser. */
export function chosenTheme(): Theme {
    return choice;
}

/** What is shown: what was chosen, or what the system wants. */
export function resolvedTheme(): "light" | "dark" {
    if (choice !== "system") return choice;
    return dark?.matches ? "dark" : "light";
}

/** Show it, here and after a reload. */
export function chooseTheme(theme: Theme): void {
    choice = theme;
    try {
        localStorage.setItem(THEME_KEY, theme);
    } catch {
        // Storage is forbidden here: it holds until the page is left.
    }
    apply();
}

/** Hear of changes, also of the system's. */
export function subscribeTheme(listener: () => void): () => void {
    listeners.add(listener);
    return () => {
        listeners.delete(listener);
    };
}

function apply(): void {
    document.documentElement.dataset.theme = resolvedTheme();
    for (const listener of [...listeners]) listener();
}

function read(): Theme {
    try {
        const kept = localStorage.getItem(THEME_KEY);
        return THEMES.find((theme) => theme === kept) ?? "system";
    } catch {
        return "system";
    }
}

// first-paint.js applied the first one; the system's may have changed since.
dark?.addEventListener("change", apply);
apply();
