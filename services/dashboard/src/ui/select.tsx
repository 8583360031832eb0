import { ChevronDown } from "lucide-react";
import type { ComponentProps } from "react";
import { cn } from "./cn";
import { FIELD } from "./input";

/** The platform's own select: it is what telephones, screen readers and keyboards handle best. */
export function Select({ className, children, ...rest }: ComponentProps<"select">) {
    return (
        <span className={cn("relative block", className)}>
            <select className={cn(FIELD, "h-9 appearance-none pr-8")} {...rest}>
                {children}
            </select>
            <ChevronDown
                aria-hidden
                className="pointer-events-none absolute top-1/2 right-2.5 size-4 -translate-y-1/2 text-muted-foreground"
            />
        </span>
    );
}
