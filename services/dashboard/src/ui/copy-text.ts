/** Put a text into the clipboard. Over plain HTTP browsers have only the old way. Says whether it worked. */
export async function copyText(text: string): Promise<boolean> {
    try {
        await navigator.clipboard.writeText(text);
        return true;
    } catch {
        return copySelected(text);
    }
}

function copySelected(text: string): boolean {
    const area = document.createElement("textarea");
    area.value = text;
    // Within the dialog that is open, if one is: it keeps the focus from everything else.
    const place = document.activeElement?.closest("[role=dialog]") ?? document.body;
    place.append(area);
    area.select();
    try {
        return document.execCommand("copy");
    } finally {
        area.remove();
    }
}
