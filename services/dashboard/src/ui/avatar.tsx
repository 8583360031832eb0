import { cn } from "./cn";
import { hueOf, initials } from "./initials";

// Whole class names, since Tailwind reads them from the source.
const GROUNDS = [
    "bg-sky-100 text-sky-900 dark:bg-sky-950 dark:text-sky-200",
    "bg-violet-100 text-violet-900 dark:bg-violet-950 dark:text-violet-200",
    "bg-rose-100 text-rose-900 dark:bg-rose-950 dark:text-rose-200",
    "bg-amber-100 text-amber-900 dark:bg-amber-950 dark:text-amber-200",
    "bg-emerald-100 text-emerald-900 dark:bg-emerald-950 dark:text-emerald-200",
    "bg-slate-200 text-slate-900 dark:bg-slate-800 dark:text-slate-200",
] as const;

const PRESENCES = {
    online: "bg-green-600 dark:bg-green-500",
    away: "bg-amber-500",
    busy: "bg-red-600 dark:bg-red-500",
    offline: "bg-slate-400 dark:bg-slate-500",
} as const;

export type Presence = keyof typeof PRESENCES;
type AvatarProps = { name: string; presence?: Presence; className?: string };

/** Somebody's initials on a colour of their own. It is decoration: the name stands beside it, or is said otherwise. */
export function Avatar({ name, presence, className }: AvatarProps) {
    return (
        <span aria-hidden className={cn("relative inline-grid size-9 shrink-0 select-none", className)}>
            <span
                className={cn(
                    "grid size-full place-items-center rounded-full text-[0.75em] font-semibold",
                    GROUNDS[hueOf(name, GROUNDS.length)],
                )}
            >
                {initials(name)}
            </span>
            {presence && (
                <span
                    className={cn(
                        "absolute -right-0.5 -bottom-0.5 size-3 rounded-full border-2 border-card",
                        PRESENCES[presence],
                    )}
                />
            )}
        </span>
    );
}
