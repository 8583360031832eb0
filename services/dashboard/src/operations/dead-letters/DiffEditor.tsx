import { MergeView } from "@codemirror/merge";
import { EditorState } from "@codemirror/state";
import { EditorView, lineNumbers } from "@codemirror/view";
import { minimalSetup } from "codemirror";
import { useEffect, useRef } from "react";
import { EDITOR_THEME } from "./editor-theme";

type DiffEditorProps = {
    original: string;
    text: string;
    names: { original: string; edited: string };
    onChange: (text: string) => void;
};

/** What came, beside what is to be worked instead. */
export default function DiffEditor({ original, text, names, onChange }: DiffEditorProps) {
    const place = useRef<HTMLDivElement>(null);
    const begun = useRef({ original, text, names });
    const changed = useRef(onChange);
    useEffect(() => {
        changed.current = onChange;
    }, [onChange]);
    useEffect(() => {
        if (!place.current) return;
        const view = merged(place.current, begun.current, (edited) => changed.current(edited));
        return () => view.destroy();
    }, []);
    return <div ref={place} className="max-h-[50vh] min-h-48 overflow-auto rounded-md border bg-card" />;
}

type Begun = Pick<DiffEditorProps, "original" | "text" | "names">;

function merged(place: HTMLElement, { original, text, names }: Begun, onChange: (text: string) => void): MergeView {
    // Styles of a shadow root are adopted sheets; those of a page would be elements, which its policy blocks.
    const root = place.shadowRoot ?? place.attachShadow({ mode: "open" });
    const shared = [minimalSetup, lineNumbers(), EditorView.lineWrapping, EDITOR_THEME];
    return new MergeView({
        root,
        parent: root,
        gutter: true,
        a: {
            doc: original,
            extensions: [...shared, EditorState.readOnly.of(true), named(names.original)],
        },
        b: {
            doc: text,
            extensions: [
                ...shared,
                named(names.edited),
                EditorView.updateListener.of((update) => update.docChanged && onChange(update.state.doc.toString())),
            ],
        },
    });
}

function named(name: string) {
    return EditorView.contentAttributes.of({ "aria-label": name });
}
