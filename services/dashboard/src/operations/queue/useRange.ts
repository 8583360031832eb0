import { useState } from "react";

/** How much of the past the plots show, in minutes; never more than is kept. */
export const RANGES = [5, 15, 60] as const;
export type Range = (typeof RANGES)[number];

const KEY = "prosa.queue.range";

export function useRange(): [Range, (range: Range) => void] {
    const [range, setRange] = useState(kept);
    const choose = (value: Range) => {
        setRange(value);
        try {
            sessionStorage.setItem(KEY, String(value));
        } catch {
            // Storage is forbidden here: it holds until the page is left.
        }
    };
    return [range, choose];
}

function kept(): Range {
    try {
        const text = sessionStorage.getItem(KEY);
        return RANGES.find((each) => String(each) === text) ?? 15;
    } catch {
        return 15;
    }
}
