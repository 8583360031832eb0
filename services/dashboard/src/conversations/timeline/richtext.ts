/** A piece of a message's text, in the way WhatsApp shows it. */
export type Piece = { text: string; style: "plain" | "bold" | "italic" | "strike" | "code"; href?: string };

const MARKS = { "*": "bold", _: "italic", "~": "strike" } as const;

// A mark counts where it stands at a word's edges: `2*3*4` and `snake_case_name` are no markup. Links come first, for
// their own underscores; an address without a scheme is left alone, for nothing says that it is one.
const TOKEN =
    /(https?:\/\/[^\s<>"]+[^\s<>".,;:!?)\]}'])|```([\s\S]+?)```|`([^`\n]+)`|(?<![\p{L}\p{N}*_~])([*_~])(?=\S)([^\n]*?\S)\4(?![\p{L}\p{N}*_~])/gu;

export function piecesOf(text: string): Piece[] {
    const pieces: Piece[] = [];
    let end = 0;
    for (const match of text.matchAll(TOKEN)) {
        if (match.index > end) pieces.push({ text: text.slice(end, match.index), style: "plain" });
        pieces.push(pieceOf(match));
        end = match.index + match[0].length;
    }
    if (end < text.length) pieces.push({ text: text.slice(end), style: "plain" });
    return pieces;
}

function pieceOf(match: RegExpExecArray): Piece {
    const [whole, link, block, inline, mark, marked] = match;
    if (link) return { text: link, style: "plain", href: link };
    const code = block ?? inline;
    if (code !== undefined) return { text: code, style: "code" };
    const style = mark === "*" || mark === "_" || mark === "~" ? MARKS[mark] : "plain";
    return { text: marked ?? whole, style };
}

const ONLY_EMOJI =
    /^(?:\p{Extended_Pictographic}(?:\uFE0F|\u200D|\p{Emoji_Modifier}|\p{Extended_Pictographic})*\s*){1,3}$/u;

/** Whether a message is a few emoji and nothing else: then they are shown large. */
export function isOnlyEmoji(text: string): boolean {
    return text.length <= 40 && ONLY_EMOJI.test(text.trim());
}
