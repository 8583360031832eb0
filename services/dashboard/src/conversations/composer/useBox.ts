import { useEffect, useRef, useState } from "react";

/** The box that one writes into: as high as its text, with the caret where text was put in. */
export function useBox(text: string, mode: string, focused: boolean, mayFocus: () => boolean) {
    const box = useRef<HTMLTextAreaElement>(null);
    const [caret, setCaret] = useState(0);
    const [placed, setPlaced] = useState<{ at: number } | null>(null);
    // Where the caret goes after text was put in, once the box has that text.
    useEffect(() => {
        if (placed === null) return;
        box.current?.focus();
        box.current?.setSelectionRange(placed.at, placed.at);
    }, [placed]);
    // The box is as high as its text, up to a bound that its class sets.
    useEffect(() => {
        const element = box.current;
        if (!element) return;
        element.style.height = "auto";
        element.style.height = `${element.scrollHeight}px`;
    }, [text, mode]);
    useEffect(() => {
        if (focused && mayFocus()) box.current?.focus();
    }, [focused, mayFocus]);
    const place = (at: number) => {
        setCaret(at);
        setPlaced({ at });
    };
    return { box, caret, setCaret, place };
}
