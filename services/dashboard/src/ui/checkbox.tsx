import { Check, Minus } from "lucide-react";
import { Checkbox as Radix } from "radix-ui";
import type { ComponentProps } from "react";
import { cn } from "./cn";

export function Checkbox({ className, ...rest }: ComponentProps<typeof Radix.Root>) {
    return (
        <Radix.Root
            className={cn(
                "grid size-4.5 shrink-0 place-items-center rounded border border-input bg-card text-primary-foreground disabled:cursor-not-allowed disabled:opacity-55 data-[state=checked]:border-primary data-[state=checked]:bg-primary data-[state=indeterminate]:border-primary data-[state=indeterminate]:bg-primary",
                className,
            )}
            {...rest}
        >
            <Radix.Indicator>
                {rest.checked === "indeterminate" ? (
                    <Minus aria-hidden className="size-3.5" strokeWidth={3} />
                ) : (
                    <Check aria-hidden className="size-3.5" strokeWidth={3} />
                )}
            </Radix.Indicator>
        </Radix.Root>
    );
}
