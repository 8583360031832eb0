/** Where the focus of a list goes with a key; null where the key means nothing there. */
export function focusAfter(key: string, index: number, count: number, page = 8): number | null {
    if (count === 0) return null;
    const last = count - 1;
    switch (key) {
        case "ArrowDown":
            return Math.min(last, index + 1);
        case "ArrowUp":
            return Math.max(0, index - 1);
        case "Home":
            return 0;
        case "End":
            return last;
        case "PageDown":
            return Math.min(last, index + page);
        case "PageUp":
            return Math.max(0, index - page);
        default:
            return null;
    }
}
