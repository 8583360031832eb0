import { Check } from "lucide-react";
import { DropdownMenu as Radix } from "radix-ui";
import type { ComponentProps } from "react";
import { cn } from "./cn";

export const DropdownMenuTrigger = Radix.Trigger;
export const DropdownMenuGroup = Radix.Group;
export const DropdownMenuRadioGroup = Radix.RadioGroup;

/** A menu. The page beside it stays in reach, for the pointer and for screen readers. */
export function DropdownMenu({ modal = false, ...rest }: ComponentProps<typeof Radix.Root>) {
    return <Radix.Root modal={modal} {...rest} />;
}

export const MENU =
    "z-50 max-h-(--radix-popper-available-height) min-w-44 overflow-y-auto rounded-lg border bg-popover p-1 text-popover-foreground shadow-raised data-[state=open]:animate-appear";
export const MENU_ITEM =
    "relative flex min-h-8 cursor-pointer items-center gap-2 rounded-md px-2 py-1.5 text-sm outline-none select-none data-[disabled]:pointer-events-none data-[disabled]:opacity-50 data-[highlighted]:bg-accent data-[highlighted]:text-accent-foreground [&_svg]:size-4 [&_svg]:shrink-0";

export function DropdownMenuContent({ className, ...rest }: ComponentProps<typeof Radix.Content>) {
    return (
        <Radix.Portal>
            <Radix.Content sideOffset={6} collisionPadding={8} className={cn(MENU, className)} {...rest} />
        </Radix.Portal>
    );
}

type ItemProps = ComponentProps<typeof Radix.Item> & { destructive?: boolean };

export function DropdownMenuItem({ className, destructive, ...rest }: ItemProps) {
    return <Radix.Item className={cn(MENU_ITEM, destructive && "text-destructive", className)} {...rest} />;
}

export function DropdownMenuCheckboxItem({ className, children, ...rest }: ComponentProps<typeof Radix.CheckboxItem>) {
    return (
        <Radix.CheckboxItem className={cn(MENU_ITEM, "pl-8", className)} {...rest}>
            <Radix.ItemIndicator className="absolute left-2">
                <Check aria-hidden />
            </Radix.ItemIndicator>
            {children}
        </Radix.CheckboxItem>
    );
}

export function DropdownMenuRadioItem({ className, children, ...rest }: ComponentProps<typeof Radix.RadioItem>) {
    return (
        <Radix.RadioItem className={cn(MENU_ITEM, "pl-8", className)} {...rest}>
            <Radix.ItemIndicator className="absolute left-2">
                <Check aria-hidden />
            </Radix.ItemIndicator>
            {children}
        </Radix.RadioItem>
    );
}

export function DropdownMenuLabel({ className, ...rest }: ComponentProps<typeof Radix.Label>) {
    return <Radix.Label className={cn("px-2 py-1.5 text-xs font-medium text-muted-foreground", className)} {...rest} />;
}

export function DropdownMenuSeparator({ className, ...rest }: ComponentProps<typeof Radix.Separator>) {
    return <Radix.Separator className={cn("-mx-1 my-1 h-px bg-border", className)} {...rest} />;
}
