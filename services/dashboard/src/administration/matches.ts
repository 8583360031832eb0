/** Whether each word is in one of the texts, capitals and accents aside. */
export function matches(words: string, texts: readonly string[]): boolean {
    const there = texts.map(plain);
    return plain(words)
        .split(/\s+/)
        .every((word) => there.some((text) => text.includes(word)));
}

function plain(text: string): string {
    return text.normalize("NFD").replaceAll(/\p{M}/gu, "").toLowerCase().trim();
}
