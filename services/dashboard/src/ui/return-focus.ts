import { useRef } from "react";

type Handler = (event: Event) => void;

/**
 * Where the focus goes when a dialog is closed: back to what opened it. Radix knows that of dialogs with a trigger alone;
 * most of ours are opened by state. An entry of a menu is gone by then, so the menu's own button takes its place.
 */
export function useReturnFocus(): { onOpenAutoFocus: Handler; onCloseAutoFocus: Handler } {
    const opener = useRef<HTMLElement | null>(null);
    return {
        onOpenAutoFocus: () => {
            opener.current = openerOf(document.activeElement);
        },
        onCloseAutoFocus: (event) => {
            if (!opener.current?.isConnected) return;
            event.preventDefault();
            opener.current.focus();
        },
    };
}

function openerOf(focused: Element | null): HTMLElement | null {
    const menu = focused?.closest("[role=menu]");
    const found = menu ? document.getElementById(menu.getAttribute("aria-labelledby") ?? "") : focused;
    return found instanceof HTMLElement && found !== document.body ? found : null;
}
