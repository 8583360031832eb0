/** One or two capitals of a name; a telephone number gives its last two digits. */
export function initials(name: string): string {
    const words = name
        .trim()
        .split(/\s+/)
        .filter((word) => /\p{L}/u.test(word));
    const [first, last] = [words[0], words.length > 1 ? words.at(-1) : undefined];
    if (!first) return name.replace(/\D/g, "").slice(-2) || "?";
    return `${firstLetter(first)}${last ? firstLetter(last) : ""}`.toLocaleUpperCase("pt-BR");
}

/** One of `count` colours, always the same one for a name. */
export function hueOf(name: string, count: number): number {
    let sum = 0;
    for (const character of name) sum = (sum * 31 + (character.codePointAt(0) ?? 0)) % 1_000_003;
    return sum % count;
}

function firstLetter(word: string): string {
    return word.match(/\p{L}/u)?.[0] ?? "";
}
