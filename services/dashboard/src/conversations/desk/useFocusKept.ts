import { useCallback, useLayoutEffect, useRef } from "react";

/**
 * Tells whether the focus is still where it was when something was asked for, or nowhere. What takes long to come leaves the
 * focus with whoever went on elsewhere: what they type is meant for there.
 */
export function useFocusKept(asked: string | undefined): () => boolean {
    const then = useRef<Element | null>(null);
    useLayoutEffect(() => {
        then.current = document.activeElement;
    }, [asked]);
    return useCallback(() => {
        const now = document.activeElement;
        // A dialog in which it was chosen gives the focus back to where it was before.
        return isNowhere(now) || now === then.current || then.current?.closest("[role=dialog]") !== null;
    }, []);
}

function isNowhere(element: Element | null): boolean {
    return element === null || element === document.body || element.id === "content";
}
