import { useEffect, useRef } from "react";
import { type ShortcutName, shortcutOf } from "./shortcuts";

type Handlers = Partial<Record<ShortcutName, () => void>>;

/** Has keys do something while the component is there. A dialog that is open keeps the keys to itself. */
export function useShortcuts(handlers: Handlers, options: { evenInDialogs?: boolean } = {}): void {
    const latest = useRef(handlers);
    useEffect(() => {
        latest.current = handlers;
    });
    const { evenInDialogs = false } = options;
    useEffect(() => {
        const press = (event: KeyboardEvent) => {
            const name = shortcutOf(event);
            const handler = name && latest.current[name];
            if (!handler || (!evenInDialogs && document.querySelector('[role="dialog"][data-state="open"]'))) return;
            event.preventDefault();
            handler();
        };
        window.addEventListener("keydown", press);
        return () => window.removeEventListener("keydown", press);
    }, [evenInDialogs]);
}
