import { Label as RadixLabel } from "radix-ui";
import { cloneElement, type ComponentProps, type ReactElement, type ReactNode, useId } from "react";
import { cn } from "./cn";

export function Label({ className, ...rest }: ComponentProps<typeof RadixLabel.Root>) {
    return <RadixLabel.Root className={cn("text-[0.8125rem] font-medium text-foreground", className)} {...rest} />;
}

type Control = ReactElement<{ id?: string; "aria-invalid"?: boolean; "aria-describedby"?: string }>;
type FieldProps = { label: ReactNode; hint?: ReactNode; error?: ReactNode; className?: string; children: Control };

/** A control with its label, a hint and what is wrong with it, tied together for screen readers. */
export function Field({ label, hint, error, className, children }: FieldProps) {
    const own = useId();
    const id = children.props.id ?? own;
    const described = [hint && `${id}-hint`, error && `${id}-error`].filter(Boolean).join(" ") || undefined;
    return (
        <div className={cn("grid gap-1.5", className)}>
            <Label htmlFor={id}>{label}</Label>
            {cloneElement(children, { id, "aria-invalid": error ? true : undefined, "aria-describedby": described })}
            {hint && (
                <p id={`${id}-hint`} className="text-[0.8125rem] text-muted-foreground">
                    {hint}
                </p>
            )}
            {error && (
                <p id={`${id}-error`} role="alert" className="text-[0.8125rem] text-destructive">
                    {error}
                </p>
            )}
        </div>
    );
}
