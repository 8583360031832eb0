import { Switch as Radix } from "radix-ui";
import type { ComponentProps } from "react";
import { cn } from "./cn";

export function Switch({ className, ...rest }: ComponentProps<typeof Radix.Root>) {
    return (
        <Radix.Root
            className={cn(
                "inline-flex h-5 w-9 shrink-0 items-center rounded-full bg-input p-0.5 transition-colors disabled:cursor-not-allowed disabled:opacity-55 data-[state=checked]:bg-primary",
                className,
            )}
            {...rest}
        >
            <Radix.Thumb className="size-4 rounded-full bg-white shadow-small transition-transform data-[state=checked]:translate-x-4" />
        </Radix.Root>
    );
}
