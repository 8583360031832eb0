import type { components } from "@/api/schema";

/** Where a message says what was looked for. The parts are text, and are shown as text. */
export function Snippet({ parts }: { parts: components["schemas"]["SnippetPart"][] }) {
    return (
        <span className="min-w-0 truncate text-muted-foreground">
            {parts.map(({ text, hit }, index) =>
                hit ? (
                    <mark key={index} className="rounded-sm bg-warning-soft text-warning">
                        {text}
                    </mark>
                ) : (
                    <span key={index}>{text}</span>
                ),
            )}
        </span>
    );
}
