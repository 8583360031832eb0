import { cn } from "@/ui/cn";

/** The mark; the name stands beside it, or is said otherwise. */
export function Logo({ className }: { className?: string }) {
    return (
        <svg aria-hidden viewBox="0 0 32 32" className={cn("size-8 shrink-0", className)}>
            <rect width="32" height="32" rx="8" fill="#0f766e" />
            <path
                d="M9 9h14a2 2 0 0 1 2 2v8a2 2 0 0 1-2 2h-7l-5 4v-4H9a2 2 0 0 1-2-2v-8a2 2 0 0 1 2-2z"
                fill="#ffffff"
            />
            <path d="M11.5 13.5h9M11.5 17h5.5" stroke="#0f766e" strokeWidth="1.8" strokeLinecap="round" fill="none" />
        </svg>
    );
}
