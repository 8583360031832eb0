import { type ComponentProps, type KeyboardEvent, useState } from "react";
import { Field } from "@/ui/field";
import { Input } from "@/ui/input";

type CommittedInputProps = Omit<ComponentProps<"input">, "value" | "onChange"> & {
    label: string;
    /** Whether the label is seen, or stands in the empty field. */
    labelled?: boolean;
    hint?: string;
    value: string;
    onCommit: (value: string) => void;
};

/** A field whose content counts on Enter or when it is left: nothing is asked of the API at every letter. */
export function CommittedInput({ label, labelled, hint, value, onCommit, ...rest }: CommittedInputProps) {
    const [typed, setTyped] = useState(value);
    const [known, setKnown] = useState(value);
    if (known !== value) {
        setKnown(value);
        setTyped(value);
    }
    const commit = () => typed.trim() !== value && onCommit(typed.trim());
    const input = (
        <Input
            {...rest}
            value={typed}
            onChange={(event) => setTyped(event.target.value)}
            onBlur={commit}
            onKeyDown={(event: KeyboardEvent) => event.key === "Enter" && commit()}
            aria-label={labelled ? undefined : label}
            placeholder={labelled ? undefined : label}
        />
    );
    return labelled ? (
        <Field label={label} hint={hint}>
            {input}
        </Field>
    ) : (
        input
    );
}
