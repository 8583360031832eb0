import { useState } from "react";
import { usePageHidden } from "@/conversations/data/usePageHidden";

/** How often to look, in seconds; 0 is off. */
export const INTERVALS = [1, 2, 5, 15, 60, 0] as const;
export type Interval = (typeof INTERVALS)[number];

const KEY = "prosa.operations.refresh";
const DEFAULT: Interval = 5;

/** The interval that this browser chose, and whether it is held up because nobody sees the page. */
export function useRefreshEvery() {
    const [seconds, setSeconds] = useState(chosen);
    const hidden = usePageHidden();
    const choose = (value: Interval) => {
        setSeconds(value);
        try {
            localStorage.setItem(KEY, String(value));
        } catch {
            // Storage is forbidden here: it holds until the page is left.
        }
    };
    return { seconds, choose, hidden, everyMs: hidden ? 0 : seconds * 1000 };
}

function chosen(): Interval {
    try {
        return intervalOf(localStorage.getItem(KEY));
    } catch {
        return DEFAULT;
    }
}

/** An interval of ours, or the default one. */
export function intervalOf(text: string | null): Interval {
    return INTERVALS.find((each) => String(each) === text) ?? DEFAULT;
}
