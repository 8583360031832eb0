/** The longest text the API takes. */
export const LONGEST = 65_536;
const WARNED = 0.9;

/** How many characters are left, once that is worth saying; negative where the text is too long. */
export function charactersLeft(text: string): number | null {
    return text.length > LONGEST * WARNED ? LONGEST - text.length : null;
}
