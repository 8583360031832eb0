import type { ComponentProps } from "react";
import { cn } from "./cn";

export const FIELD =
    "w-full min-w-0 rounded-md border border-input bg-card px-3 text-sm text-foreground placeholder:text-muted-foreground transition-colors focus-visible:border-ring focus-visible:outline-1 focus-visible:outline-offset-0 disabled:cursor-not-allowed disabled:opacity-60 aria-invalid:border-destructive";

export function Input({ className, ...rest }: ComponentProps<"input">) {
    return <input className={cn(FIELD, "h-9", className)} {...rest} />;
}

export function Textarea({ className, ...rest }: ComponentProps<"textarea">) {
    return <textarea className={cn(FIELD, "min-h-20 py-2", className)} {...rest} />;
}
