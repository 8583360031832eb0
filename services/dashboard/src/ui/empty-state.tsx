import type { LucideIcon } from "lucide-react";
import type { ReactNode } from "react";
import { cn } from "./cn";

type EmptyStateProps = {
    icon?: LucideIcon;
    title: ReactNode;
    text?: ReactNode;
    action?: ReactNode;
    /** Where it is the whole page, its title is the page's heading. */
    page?: boolean;
    className?: string;
};

/** A region without content: what would fill it, and what can be done. */
export function EmptyState({ icon: Icon, title, text, action, page, className }: EmptyStateProps) {
    const Title = page ? "h1" : "p";
    return (
        <div className={cn("flex flex-col items-center justify-center gap-2 px-6 py-12 text-center", className)}>
            {Icon && (
                <span className="mb-2 grid size-16 place-items-center rounded-full bg-muted text-muted-foreground">
                    <Icon aria-hidden className="size-7" strokeWidth={1.5} />
                </span>
            )}
            <Title className="text-[0.9375rem] font-semibold">{title}</Title>
            {text && <p className="max-w-sm text-sm text-muted-foreground">{text}</p>}
            {action && <div className="mt-2">{action}</div>}
        </div>
    );
}
