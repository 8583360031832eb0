import { pathOf } from "./sparkline-path";

const WIDTH = 96;
const HEIGHT = 24;

/** A figure's last minutes in a word's space; what it shows is said beside it. */
export function Sparkline({ values, className }: { values: readonly number[]; className?: string }) {
    return (
        <svg
            aria-hidden
            viewBox={`0 0 ${WIDTH} ${HEIGHT}`}
            width={WIDTH}
            height={HEIGHT}
            className={className}
            preserveAspectRatio="none"
        >
            <path d={pathOf(values, WIDTH, HEIGHT)} fill="none" stroke="currentColor" strokeWidth={1.5} />
        </svg>
    );
}
