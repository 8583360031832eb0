import type { ComponentProps } from "react";
import { cn } from "./cn";

/** Holds the place of what is loading, in its size, so that nothing jumps. */
export function Skeleton({ className, ...rest }: ComponentProps<"div">) {
    return <div aria-hidden className={cn("animate-pulse rounded-md bg-accent", className)} {...rest} />;
}
