import type { ComponentProps } from "react";
import { cn } from "./cn";

/** A table that scrolls sideways within its own frame where the screen is narrow. */
export function Table({ className, ...rest }: ComponentProps<"table">) {
    return (
        <div className="w-full overflow-x-auto rounded-lg border bg-card">
            <table className={cn("w-full border-collapse text-sm", className)} {...rest} />
        </div>
    );
}

export function TableHeader({ className, ...rest }: ComponentProps<"thead">) {
    return <thead className={cn("border-b bg-muted", className)} {...rest} />;
}

export function TableBody({ className, ...rest }: ComponentProps<"tbody">) {
    return <tbody className={cn("[&>tr:last-child]:border-0", className)} {...rest} />;
}

export function TableRow({ className, ...rest }: ComponentProps<"tr">) {
    return <tr className={cn("border-b transition-colors data-[state=selected]:bg-accent", className)} {...rest} />;
}

export function TableHead({ className, scope = "col", ...rest }: ComponentProps<"th">) {
    return (
        <th
            scope={scope}
            className={cn("h-9 px-3 text-left text-xs font-medium whitespace-nowrap text-muted-foreground", className)}
            {...rest}
        />
    );
}

export function TableCell({ className, ...rest }: ComponentProps<"td">) {
    return <td className={cn("px-3 py-2.5 align-middle", className)} {...rest} />;
}
