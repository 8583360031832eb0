import { useState } from "react";

const KEY = "prosa.rail";

/** Whether the rail shows words beside its icons, as was chosen in this browser. */
export function useWideRail(): [boolean, () => void] {
    const [wide, setWide] = useState(read);
    const toggle = () => {
        setWide(!wide);
        try {
            localStorage.setItem(KEY, wide ? "narrow" : "wide");
        } catch {
            // Storage is forbidden here: it holds until the page is left.
        }
    };
    return [wide, toggle];
}

function read(): boolean {
    try {
        return localStorage.getItem(KEY) === "wide";
    } catch {
        return false;
    }
}
