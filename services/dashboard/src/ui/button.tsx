import { cva, type VariantProps } from "class-variance-authority";
import { Slot } from "radix-ui";
import type { ComponentProps } from "react";
import { cn } from "./cn";
import { Spinner } from "./spinner";

export const buttonVariants = cva(
    "inline-flex shrink-0 items-center justify-center gap-2 rounded-md font-medium whitespace-nowrap transition-colors select-none disabled:cursor-not-allowed disabled:opacity-55 aria-disabled:cursor-not-allowed aria-disabled:opacity-55 [&_svg]:size-4 [&_svg]:shrink-0",
    {
        variants: {
            variant: {
                default: "bg-primary text-primary-foreground shadow-small hover:bg-primary-hover",
                secondary: "bg-secondary text-secondary-foreground hover:bg-accent",
                outline: "border border-border bg-card text-foreground shadow-small hover:bg-accent",
                ghost: "text-foreground hover:bg-accent",
                destructive: "bg-destructive text-destructive-foreground shadow-small hover:bg-destructive-hover",
                link: "text-primary-text underline-offset-4 hover:underline",
            },
            size: {
                default: "h-9 px-3.5 text-sm",
                sm: "h-8 px-2.5 text-[0.8125rem]",
                lg: "h-11 px-5 text-[0.9375rem]",
                icon: "size-9",
                "icon-sm": "size-8",
            },
        },
        defaultVariants: { variant: "default", size: "default" },
    },
);

export type ButtonProps = ComponentProps<"button"> &
    VariantProps<typeof buttonVariants> & { asChild?: boolean; pending?: boolean };

/** A button; `pending` shows that its work goes on and takes no second click, without leaving the order of focus. */
export function Button({ className, variant, size, asChild, pending, children, onClick, ...rest }: ButtonProps) {
    const classes = cn(buttonVariants({ variant, size }), className);
    if (asChild)
        return (
            <Slot.Root className={classes} onClick={onClick} {...rest}>
                {children}
            </Slot.Root>
        );
    return (
        <button
            type="button"
            className={classes}
            aria-disabled={pending || undefined}
            aria-busy={pending || undefined}
            onClick={pending ? (event) => event.preventDefault() : onClick}
            {...rest}
        >
            {pending && <Spinner />}
            {children}
        </button>
    );
}
