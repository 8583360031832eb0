import { X } from "lucide-react";
import { Dialog as Radix } from "radix-ui";
import type { ComponentProps } from "react";
import { useTranslation } from "react-i18next";
import { buttonVariants } from "./button";
import { cn } from "./cn";
import { useReturnFocus } from "./return-focus";

export const Dialog = Radix.Root;
export const DialogTrigger = Radix.Trigger;
export const DialogClose = Radix.Close;

export const OVERLAY = "fixed inset-0 z-40 bg-overlay data-[state=open]:animate-appear";

/** The cross that closes a dialog or a sheet. */
export function CloseCross() {
    const { t } = useTranslation("ui");
    return (
        <Radix.Close
            aria-label={t("close")}
            className={cn(buttonVariants({ variant: "ghost", size: "icon-sm" }), "absolute top-3 right-3")}
        >
            <X aria-hidden />
        </Radix.Close>
    );
}

export function DialogContent({ className, children, ...rest }: ComponentProps<typeof Radix.Content>) {
    const focus = useReturnFocus();
    return (
        <Radix.Portal>
            <Radix.Overlay className={OVERLAY} />
            <Radix.Content
                {...focus}
                className={cn(
                    "fixed top-1/2 left-1/2 z-50 grid max-h-[calc(100dvh-2rem)] w-[calc(100vw-2rem)] max-w-lg -translate-x-1/2 -translate-y-1/2 gap-4 overflow-y-auto rounded-xl border bg-popover p-5 text-popover-foreground shadow-raised data-[state=open]:animate-appear",
                    className,
                )}
                {...rest}
            >
                {children}
                <CloseCross />
            </Radix.Content>
        </Radix.Portal>
    );
}

export function DialogHeader({ className, ...rest }: ComponentProps<"div">) {
    return <div className={cn("grid gap-1.5 pr-8", className)} {...rest} />;
}

export function DialogTitle({ className, ...rest }: ComponentProps<typeof Radix.Title>) {
    return <Radix.Title className={cn("text-base font-semibold", className)} {...rest} />;
}

export function DialogDescription({ className, ...rest }: ComponentProps<typeof Radix.Description>) {
    return <Radix.Description className={cn("text-sm text-muted-foreground", className)} {...rest} />;
}

export function DialogFooter({ className, ...rest }: ComponentProps<"div">) {
    return <div className={cn("flex flex-col-reverse gap-2 sm:flex-row sm:justify-end", className)} {...rest} />;
}
