import { ChevronDown } from "lucide-react";
import type { ReactNode } from "react";

type SectionProps = { title: string; open?: boolean; children: ReactNode };

/** A part of the details that folds. The browser's own disclosure: it is found by its own search, too. */
export function Section({ title, open = true, children }: SectionProps) {
    return (
        <details open={open} className="group border-b last:border-0">
            <summary className="flex h-11 list-none items-center justify-between px-4 text-[0.8125rem] font-semibold select-none focus-visible:-outline-offset-2 [&::-webkit-details-marker]:hidden">
                {title}
                <ChevronDown
                    aria-hidden
                    className="size-4 text-muted-foreground transition-transform group-open:rotate-180"
                />
            </summary>
            <div className="px-4 pb-4">{children}</div>
        </details>
    );
}
