import { Popover as Radix } from "radix-ui";
import type { ComponentProps } from "react";
import { cn } from "./cn";
import { MENU } from "./dropdown-menu";

export const Popover = Radix.Root;
export const PopoverTrigger = Radix.Trigger;
export const PopoverAnchor = Radix.Anchor;
export const PopoverClose = Radix.Close;

export function PopoverContent({ className, ...rest }: ComponentProps<typeof Radix.Content>) {
    return (
        <Radix.Portal>
            <Radix.Content sideOffset={6} collisionPadding={8} className={cn(MENU, "w-72 p-3", className)} {...rest} />
        </Radix.Portal>
    );
}
