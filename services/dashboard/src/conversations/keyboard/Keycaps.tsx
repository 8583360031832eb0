const APPLE = /Mac|iPhone|iPad/.test(globalThis.navigator?.platform ?? "");

/** Keys as they stand on the keyboard at hand. */
export function Keycaps({ keys }: { keys: readonly string[] }) {
    return (
        <span className="inline-flex gap-1">
            {keys.map((key) => (
                <kbd
                    key={key}
                    className="grid h-6 min-w-6 place-items-center rounded border border-b-2 bg-card px-1.5 font-sans text-xs font-medium text-foreground"
                >
                    {named(key)}
                </kbd>
            ))}
        </span>
    );
}

function named(key: string): string {
    if (key === "Mod") return APPLE ? "⌘" : "Ctrl";
    return key === "Alt" && APPLE ? "⌥" : key;
}
