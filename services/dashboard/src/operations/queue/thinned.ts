/** Indexes of at most so many of a list's members, evenly apart, the newest first. */
export function thinned(length: number, most: number): number[] {
    const count = Math.min(length, most);
    if (count <= 1) return count === 1 ? [length - 1] : [];
    const step = (length - 1) / (count - 1);
    return Array.from({ length: count }, (_, index) => length - 1 - Math.round(index * step));
}
