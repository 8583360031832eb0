import type { ComponentProps, ReactNode } from "react";
import { cn } from "./cn";

type PageProps = { title: ReactNode; text?: ReactNode; actions?: ReactNode; children: ReactNode; className?: string };

/** A page that scrolls as a whole: its heading, what can be done, its content. */
export function Page({ title, text, actions, children, className }: PageProps) {
    return (
        <div className="h-full overflow-y-auto">
            <div className={cn("mx-auto grid w-full max-w-6xl grid-cols-1 gap-5 p-4 sm:p-6", className)}>
                <header className="flex flex-wrap items-start justify-between gap-3">
                    <div className="grid gap-1">
                        <h1 className="text-xl font-semibold tracking-tight">{title}</h1>
                        {text && <p className="text-sm text-muted-foreground">{text}</p>}
                    </div>
                    {actions && <div className="flex flex-wrap items-center gap-2">{actions}</div>}
                </header>
                {children}
            </div>
        </div>
    );
}

export function Card({ className, ...rest }: ComponentProps<"section">) {
    return <section className={cn("rounded-lg border bg-card p-4 shadow-small", className)} {...rest} />;
}
