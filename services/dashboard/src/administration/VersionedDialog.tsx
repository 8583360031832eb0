import type { ReactNode } from "react";
import type { FieldValues } from "react-hook-form";
import { ConflictNote, type Shown } from "./ConflictNote";
import { FormDialog } from "./FormDialog";
import type { useVersioned } from "./useVersioned";

type VersionedDialogProps<T extends Shown> = {
    title: string;
    wide?: boolean;
    versioned: ReturnType<typeof useVersioned<FieldValues, T>>;
    /** What the audit log calls such a thing. */
    subject: string;
    children: ReactNode;
    onClose: () => void;
};

/** A form over the page whose thing somebody else may have changed meanwhile, which it then says. */
export function VersionedDialog<T extends Shown>(props: VersionedDialogProps<T>) {
    const { title, wide, versioned, subject, children, onClose } = props;
    return (
        <FormDialog
            title={title}
            wide={wide}
            isSaving={versioned.isSaving}
            refusal={versioned.refusal}
            onSubmit={(event) => void versioned.submit(event)}
            onClose={onClose}
        >
            <ConflictNote
                conflict={versioned.conflict}
                subject={subject}
                onTheirs={versioned.takeTheirs}
                onMine={versioned.keepMine}
            />
            {children}
        </FormDialog>
    );
}
