import { Tooltip as Radix } from "radix-ui";
import type { ComponentProps, ReactElement, ReactNode } from "react";

export const TooltipProvider = Radix.Provider;

type TooltipProps = { text: ReactNode; side?: ComponentProps<typeof Radix.Content>["side"]; children: ReactElement };

/** Says in words what its child shows; the child needs a name of its own for screen readers. */
export function Tooltip({ text, side, children }: TooltipProps) {
    return (
        <Radix.Root>
            <Radix.Trigger asChild>{children}</Radix.Trigger>
            <Radix.Portal>
                <Radix.Content
                    side={side}
                    sideOffset={6}
                    collisionPadding={8}
                    className="z-50 max-w-xs animate-appear rounded-md bg-foreground px-2 py-1 text-xs text-background shadow-raised"
                >
                    {text}
                </Radix.Content>
            </Radix.Portal>
        </Radix.Root>
    );
}
