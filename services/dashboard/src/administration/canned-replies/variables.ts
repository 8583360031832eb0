/** What may stand between double braces; the same as the API's. */
export const VARIABLES = [
    "contact.first_name",
    "contact.name",
    "contact.phone",
    "agent.first_name",
    "agent.name",
    "clinic.name",
] as const;
export type Variable = (typeof VARIABLES)[number];

const PLACEHOLDER = /\{\{(.*?)\}\}/gs;

export interface Part {
    text: string;
    /** Whether it stands in the place of a variable. */
    filled: boolean;
}

/** A text with values in the place of its variables, in parts. What a value says is never read as a variable again. */
export function filled(content: string, values: Readonly<Record<Variable, string>>): Part[] {
    const parts: Part[] = [];
    let end = 0;
    for (const match of content.matchAll(PLACEHOLDER)) {
        const variable = variableNamed(match[1] ?? "");
        parts.push({ text: content.slice(end, match.index), filled: false });
        parts.push(variable ? { text: values[variable], filled: true } : { text: match[0], filled: false });
        end = match.index + match[0].length;
    }
    parts.push({ text: content.slice(end), filled: false });
    return parts.filter(({ text }) => text !== "");
}

/** What stands between double braces and is no variable, and braces that are never closed: the API refuses them. */
export function unknownVariables(content: string): string[] {
    const named = [...content.matchAll(PLACEHOLDER)].map(([, name]) => (name ?? "").trim());
    const left = content.replaceAll(PLACEHOLDER, "");
    const unclosed = ["{{", "}}"].filter((braces) => left.includes(braces));
    return [...new Set(named.filter((name) => !variableNamed(name))), ...unclosed];
}

function variableNamed(name: string): Variable | undefined {
    return VARIABLES.find((variable) => variable === name.trim());
}

/** A text with a variable at a place of it, and where the caret is then. */
export function inserted(content: string, start: number, end: number, variable: Variable): [string, number] {
    const placeholder = `{{${variable}}}`;
    return [content.slice(0, start) + placeholder + content.slice(end), start + placeholder.length];
}
