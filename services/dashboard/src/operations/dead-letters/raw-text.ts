/** The bytes as they came, as text; what is no UTF-8 becomes the sign for it. */
export function rawText(base64: string): string {
    const bytes = Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
    return new TextDecoder("utf-8").decode(bytes);
}
