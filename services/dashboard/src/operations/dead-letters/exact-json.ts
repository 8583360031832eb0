/** JSON as text: what JavaScript's numbers cannot hold (ids of 20 digits) comes out as it came in. */

const TOKEN = /"(?:[^"\\]|\\.)*"|[{}[\],:]|[^\s{}[\],:"]+/g;
const OPENING = "{[";
const CLOSING = "}]";
const INDENT = "  ";

function tokensOf(text: string): string[] {
    return text.match(TOKEN) ?? [];
}

/** The same JSON over several lines. */
export function prettyJson(text: string): string {
    const tokens = tokensOf(text);
    let [out, depth] = ["", 0];
    tokens.forEach((token, index) => {
        const before = tokens[index - 1] ?? "";
        if (CLOSING.includes(token)) depth -= 1;
        out += breakBefore(token, before, depth) + token;
        if (token === ":") out += " ";
        if (OPENING.includes(token)) depth += 1;
    });
    return out;
}

function breakBefore(token: string, before: string, depth: number): string {
    const line = "\n" + INDENT.repeat(depth);
    if (before !== "" && CLOSING.includes(token)) return OPENING.includes(before) ? "" : line;
    return before === "," || (before !== "" && OPENING.includes(before)) ? line : "";
}

/** The text of a member of an object that stands in a valid JSON text; undefined where there is none. */
export function memberText(text: string, name: string): string | undefined {
    const tokens = [...text.matchAll(TOKEN)];
    let depth = 0;
    for (const [index, { 0: token }] of tokens.entries()) {
        if (depth === 1 && token.startsWith('"') && tokens[index + 1]?.[0] === ":" && JSON.parse(token) === name)
            return valueText(text, tokens.slice(index + 2));
        if (OPENING.includes(token)) depth += 1;
        if (CLOSING.includes(token)) depth -= 1;
    }
    return undefined;
}

function valueText(text: string, tokens: RegExpExecArray[]): string | undefined {
    const first = tokens[0];
    if (!first) return undefined;
    let depth = 0;
    for (const { 0: token, index } of tokens) {
        if (OPENING.includes(token)) depth += 1;
        if (CLOSING.includes(token)) depth -= 1;
        if (depth === 0) return text.slice(first.index, index + token.length);
    }
    return undefined;
}
