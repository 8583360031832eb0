import type { ComponentProps } from "react";
import { cn } from "./cn";

/** Text that scrolls within its frame, and can be scrolled by keyboard. */
export function Scrolled({ label, className, ...rest }: ComponentProps<"pre"> & { label: string }) {
    return (
        <pre
            // What scrolls must be reachable without a mouse (WCAG 2.1.1).
            // eslint-disable-next-line jsx-a11y/no-noninteractive-tabindex
            tabIndex={0}
            role="region"
            aria-label={label}
            className={cn(
                "overflow-auto rounded-md bg-muted font-mono break-words whitespace-pre-wrap focus-visible:-outline-offset-2",
                className,
            )}
            {...rest}
        />
    );
}
