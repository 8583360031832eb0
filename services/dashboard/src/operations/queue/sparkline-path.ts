const MARGIN = 2;

/** An SVG path through values, from zero at the bottom to the highest at the top. */
export function pathOf(values: readonly number[], width: number, height: number): string {
    const highest = Math.max(1, ...values);
    const step = values.length > 1 ? width / (values.length - 1) : 0;
    const y = (value: number) => height - MARGIN - (value / highest) * (height - 2 * MARGIN);
    const [first] = values;
    if (first === undefined) return "";
    if (values.length === 1) return `M0 ${y(first).toFixed(1)}H${width}`;
    return values
        .map((value, index) => `${index === 0 ? "M" : "L"}${(index * step).toFixed(1)} ${y(value).toFixed(1)}`)
        .join("");
}
