import type { CannedReply } from "../entities";

/** A canned reply that is being looked for: `/` and what was typed after it, up to the caret. */
export type Slash = { from: number; to: number; query: string };

const BEFORE_CARET = /(?:^|\s)\/([^\s/]*)$/;

/** The slash word that ends at the caret; null where there is none: a date like `10/12` is none. */
export function slashAt(text: string, caret: number): Slash | null {
    const match = BEFORE_CARET.exec(text.slice(0, caret));
    if (!match) return null;
    const query = match[1] ?? "";
    return { from: caret - query.length - 1, to: caret, query };
}

/** The text with the slash word replaced, and where the caret goes. */
export function withReply(text: string, slash: Slash, content: string): { text: string; caret: number } {
    const before = text.slice(0, slash.from);
    return { text: before + content + text.slice(slash.to), caret: before.length + content.length };
}

const MOST_SHOWN = 8;

/** The replies whose shortcut begins so, then those whose shortcut or words hold it; accents and capitals do not matter. */
export function matching(replies: readonly CannedReply[], query: string): CannedReply[] {
    const wanted = plain(query);
    const rank = ({ shortcut, content }: CannedReply) => {
        if (plain(shortcut).startsWith(wanted)) return 0;
        if (plain(shortcut).includes(wanted)) return 1;
        return plain(content).includes(wanted) ? 2 : 3;
    };
    const ranked = replies.map((reply) => ({ reply, rank: rank(reply) })).filter((one) => one.rank < 3);
    ranked.sort((one, other) => one.rank - other.rank);
    return ranked.slice(0, MOST_SHOWN).map((one) => one.reply);
}

export function plain(text: string): string {
    return text.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase();
}
