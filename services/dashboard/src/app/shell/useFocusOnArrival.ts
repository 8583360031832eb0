import { useEffect } from "react";

let shown: string | null = null;

/** Move the focus into the page after a change of page, but not when the first one loads: there the browser's order holds. */
export function useFocusOnArrival(page: string): void {
    useEffect(() => {
        if (shown !== null && shown !== page) document.getElementById("content")?.focus({ preventScroll: true });
        shown = page;
    }, [page]);
}
