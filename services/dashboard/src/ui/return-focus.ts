import { useRef } from "react";

type Handler = (event: Event) => void;

/**
 * Where the focus goes when a dialog is closed: back to what opened it. Radix knows that of dialogs with a trigger alone;
 * most of ours are opened by state. An entry of a menu is gone by then, so the menu's own button takes its place; where
 * nothing is left of it, as after a dialog that another one opened, the page itself does.
 */
export function useReturnFocus(): { onOpenAutoFocus: Handler; onCloseAutoFocus: Handler } {
    const opener = useRef<HTMLElement | null>(null);
    return {
        onOpenAutoFocus: () => {
            opener.current = openerOf(document.activeElement);
        },
        onCloseAutoFocus: (event) => {
            // A dialog with a trigger has its focus from Radix, after this.
            if (!opener.current?.isConnected) return queueMicrotask(keepFocus);
            event.preventDefault();
            opener.current.focus();
        },
    };
}

/** Where the focus is nowhere, it goes to the page, and the keyboard goes on from there. */
export function keepFocus(): void {
    const { activeElement, body } = document;
    if (!activeElement || activeElement === body) document.getElementById("content")?.focus({ preventScroll: true });
}

function openerOf(focused: Element | null): HTMLElement | null {
    const menu = focused?.closest("[role=menu]");
    const found = menu ? document.getElementById(menu.getAttribute("aria-labelledby") ?? "") : focused;
    return found instanceof HTMLElement && found !== document.body ? found : null;
}
