// Shortcuts use Alt or Ctrl/Cmd: a letter alone would be taken from whoever writes. Keys are known by their place
// (`code`) where Alt makes other characters of them, as it does on a Mac.

export const SHORTCUTS = [
    { name: "palette", keys: ["Mod", "K"], code: "KeyK", mod: true, alt: false },
    { name: "help", keys: ["Mod", "/"], code: "Slash", mod: true, alt: false },
    { name: "next", keys: ["Alt", "J"], code: "KeyJ", mod: false, alt: true },
    { name: "previous", keys: ["Alt", "K"], code: "KeyK", mod: false, alt: true },
    { name: "reply", keys: ["Alt", "L"], code: "KeyL", mod: false, alt: true },
    { name: "note", keys: ["Alt", "P"], code: "KeyP", mod: false, alt: true },
    { name: "archive", keys: ["Alt", "E"], code: "KeyE", mod: false, alt: true },
    { name: "transfer", keys: ["Alt", "T"], code: "KeyT", mod: false, alt: true },
    { name: "take", keys: ["Alt", "A"], code: "KeyA", mod: false, alt: true },
    { name: "context", keys: ["Alt", "O"], code: "KeyO", mod: false, alt: true },
    { name: "search", keys: ["Alt", "B"], code: "KeyB", mod: false, alt: true },
] as const;

export type ShortcutName = (typeof SHORTCUTS)[number]["name"];

type Pressed = Pick<KeyboardEvent, "key" | "code" | "altKey" | "ctrlKey" | "metaKey" | "shiftKey" | "isComposing">;

/** The shortcut that was pressed; null for everything else, and while an accent or a character is being composed. */
export function shortcutOf(event: Pressed): ShortcutName | null {
    if (event.isComposing) return null;
    const mod = event.ctrlKey || event.metaKey;
    // AltGr, which writes characters on many keyboards, says Ctrl and Alt at once.
    if (mod && event.altKey) return null;
    const found = SHORTCUTS.find(
        (shortcut) => shortcut.mod === mod && shortcut.alt === event.altKey && isKey(shortcut.code, event),
    );
    return found?.name ?? null;
}

// `/` has another place on Brazilian keyboards (ABNT2), and is Shift+7 on others: there its character counts.
function isKey(code: string, event: Pressed): boolean {
    if (code === "Slash") return event.key === "/" || event.key === "?" || event.code === "Slash";
    return event.code === code && !event.shiftKey;
}
