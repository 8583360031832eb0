import { cva, type VariantProps } from "class-variance-authority";
import type { ComponentProps } from "react";
import { cn } from "./cn";

const badgeVariants = cva(
    "inline-flex max-w-full items-center gap-1 rounded-full px-2 py-0.5 text-xs font-medium whitespace-nowrap tabular-nums [&_svg]:size-3 [&_svg]:shrink-0",
    {
        variants: {
            variant: {
                default: "bg-primary-soft text-primary-text",
                solid: "bg-primary text-primary-foreground",
                neutral: "bg-muted text-muted-foreground",
                outline: "border text-muted-foreground",
                success: "bg-success-soft text-success",
                warning: "bg-warning-soft text-warning",
                destructive: "bg-destructive-soft text-destructive",
                info: "bg-info-soft text-info",
                note: "bg-note text-note-foreground",
            },
        },
        defaultVariants: { variant: "default" },
    },
);

export type BadgeProps = ComponentProps<"span"> & VariantProps<typeof badgeVariants>;

export function Badge({ className, variant, ...rest }: BadgeProps) {
    return <span className={cn(badgeVariants({ variant }), className)} {...rest} />;
}
