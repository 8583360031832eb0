import { LoaderCircle } from "lucide-react";
import { cn } from "./cn";

/** Turns while something is awaited; what that is, the text beside it says. */
export function Spinner({ className }: { className?: string }) {
    return <LoaderCircle aria-hidden className={cn("size-4 animate-spin", className)} />;
}
