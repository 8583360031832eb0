import { useMutation } from "@tanstack/react-query";
import { useState } from "react";
import type { FieldPath, FieldValues, UseFormReturn } from "react-hook-form";
import { conflictOf, type Conflict } from "./conflict";
import { placeRefusal } from "./refusals";

type Versioned<V extends FieldValues, T> = {
    form: UseFormReturn<V>;
    fields: readonly FieldPath<V>[];
    /** What is edited, or null where something new is made. */
    thing: T | null;
    /** How the API names it in a refusal. */
    member: string;
    valuesOf: (thing: T) => V;
    save: (values: V, version: number | null) => Promise<unknown>;
    onSaved: () => void;
};

/** Saving what a form says, over the version that its user has seen: what others changed meanwhile is not overwritten unseen. */
export function useVersioned<V extends FieldValues, T extends { version: number }>(given: Versioned<V, T>) {
    const { form, fields, thing, member, valuesOf, save, onSaved } = given;
    const [version, setVersion] = useState(thing?.version ?? null);
    const [conflict, setConflict] = useState<Conflict<T> | null>(null);
    const [unplaced, setUnplaced] = useState<unknown>(null);
    const saving = useMutation({
        mutationFn: (values: V) => save(values, version),
        onMutate: () => setUnplaced(null),
        onSuccess: onSaved,
        onError: (error) => {
            const found = conflictOf<T>(error, member);
            setConflict(found);
            if (!found && !placeRefusal(error, fields, form.setError)) setUnplaced(error);
        },
    });
    const settle = (now: T) => {
        setVersion(now.version);
        setConflict(null);
    };
    return {
        submit: form.handleSubmit((values) => saving.mutate(values)),
        isSaving: saving.isPending,
        refusal: unplaced,
        conflict,
        takeTheirs: (now: T) => {
            form.reset(valuesOf(now));
            settle(now);
        },
        keepMine: settle,
    };
}
