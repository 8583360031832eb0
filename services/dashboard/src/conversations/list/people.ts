/** Up to two letters for a person's picture. */
export function initials(name: string): string {
    const words = name
        .trim()
        .split(/\s+/)
        .filter((word) => /\p{L}/u.test(word));
    const chosen = words.length > 1 ? [words[0], words[words.length - 1]] : words;
    const letters = chosen.map((word) => [...(word ?? "")].find((letter) => /\p{L}/u.test(letter)) ?? "");
    return letters.join("").toLocaleUpperCase("pt-BR") || "#";
}

const HUES = 8;

/** A person's colour among eight, always the same one. */
export function hueOf(id: string): number {
    let sum = 7;
    for (const letter of id) sum = (sum * 31 + (letter.codePointAt(0) ?? 0)) >>> 0;
    return sum % HUES;
}

/** `+55 11 96586-0124`; what is no Brazilian number stays as it is, with a plus. */
export function phoneText(phone: string | null): string {
    if (!phone) return "";
    const parts = /^55(\d{2})(\d{4,5})(\d{4})$/.exec(phone);
    if (parts) return `+55 ${parts[1]} ${parts[2]}-${parts[3]}`;
    return /^\d+$/.test(phone) ? `+${phone}` : phone;
}
