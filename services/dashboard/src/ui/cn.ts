import { type ClassValue, clsx } from "clsx";
import { twMerge } from "tailwind-merge";

/** Class names joined; of two that say the same the later one counts. */
export function cn(...values: ClassValue[]): string {
    return twMerge(clsx(values));
}
