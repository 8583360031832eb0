import { EditorView } from "@codemirror/view";

/** The editor in the page's colours, which reach into its shadow root as custom properties. */
export const EDITOR_THEME = EditorView.theme({
    "&": { fontSize: "0.8125rem", backgroundColor: "transparent", color: "var(--foreground)" },
    ".cm-content": { caretColor: "var(--foreground)", fontFamily: "ui-monospace, SFMono-Regular, Menlo, monospace" },
    ".cm-gutters": { backgroundColor: "var(--muted)", color: "var(--muted-foreground)", border: "none" },
    "&.cm-focused": { outline: "2px solid var(--ring)", outlineOffset: "-2px" },
    ".cm-cursor": { borderLeftColor: "var(--foreground)" },
    "&.cm-merge-a .cm-changedLine, .cm-deletedChunk": { backgroundColor: "var(--destructive-soft)" },
    "&.cm-merge-b .cm-changedLine": { backgroundColor: "var(--success-soft)" },
    "&.cm-merge-a .cm-changedText": { background: "none", textDecoration: "underline", color: "var(--destructive)" },
    "&.cm-merge-b .cm-changedText": { background: "none", textDecoration: "underline", color: "var(--success)" },
});
