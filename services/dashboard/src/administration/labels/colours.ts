/** Colours that can be told apart in both themes, also by most who are colour-blind. */
export const PALETTE = [
    "#0f766e",
    "#2563eb",
    "#7c3aed",
    "#c026d3",
    "#dc2626",
    "#d97706",
    "#4d7c0f",
    "#0891b2",
    "#64748b",
] as const;

export const COLOUR = /^#[0-9a-f]{6}$/i;

/** The first colour of the palette that no label has yet, or the one that fewest have. */
export function freshColour(used: readonly string[]): string {
    const times = (colour: string) => used.filter((one) => one.toLowerCase() === colour).length;
    return [...PALETTE].sort((one, other) => times(one) - times(other))[0] ?? PALETTE[0];
}
