import { cva, type VariantProps } from "class-variance-authority";
import { Dialog as Radix } from "radix-ui";
import type { ComponentProps } from "react";
import { cn } from "./cn";
import { CloseCross, OVERLAY } from "./dialog";
import { useReturnFocus } from "./return-focus";

export const Sheet = Radix.Root;
export const SheetTrigger = Radix.Trigger;
export const SheetClose = Radix.Close;

const sheetVariants = cva(
    "fixed z-50 flex flex-col gap-4 overflow-y-auto border bg-popover p-5 text-popover-foreground shadow-raised",
    {
        variants: {
            side: {
                right: "inset-y-0 right-0 w-full max-w-md border-y-0 border-r-0 data-[state=open]:animate-slide-in",
                left: "inset-y-0 left-0 w-full max-w-xs border-y-0 border-l-0 data-[state=open]:animate-appear",
                bottom: "inset-x-0 bottom-0 max-h-[85dvh] rounded-t-2xl border-x-0 border-b-0 pb-[max(1.25rem,env(safe-area-inset-bottom))] data-[state=open]:animate-slide-up",
            },
        },
        defaultVariants: { side: "right" },
    },
);

export type SheetContentProps = ComponentProps<typeof Radix.Content> & VariantProps<typeof sheetVariants>;

/** A dialog at an edge of the screen: a drawer from the side, a sheet from below. */
export function SheetContent({ className, side, children, ...rest }: SheetContentProps) {
    const focus = useReturnFocus();
    return (
        <Radix.Portal>
            <Radix.Overlay className={OVERLAY} />
            <Radix.Content {...focus} className={cn(sheetVariants({ side }), className)} {...rest}>
                {children}
                <CloseCross />
            </Radix.Content>
        </Radix.Portal>
    );
}

export {
    DialogDescription as SheetDescription,
    DialogFooter as SheetFooter,
    DialogHeader as SheetHeader,
    DialogTitle as SheetTitle,
} from "./dialog";
