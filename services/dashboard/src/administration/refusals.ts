import type { FieldPath, FieldValues, UseFormSetError } from "react-hook-form";
import { asProblem } from "@/api/problem";

/** Which field a refusal is about that names none. */
const FIELD_OF_CODE: Readonly<Record<string, string>> = {
    shortcut_taken: "shortcut",
    name_taken: "name",
    exists: "name",
    email_taken: "email",
};

/** Put what the API says is wrong beside the fields it is about. Says whether all of it found its place. */
export function placeRefusal<V extends FieldValues>(
    error: unknown,
    fields: readonly FieldPath<V>[],
    setError: UseFormSetError<V>,
): boolean {
    const problem = asProblem(error);
    const coded = fields.find((field) => problem.code !== null && field === FIELD_OF_CODE[problem.code]);
    if (coded) setError(coded, { type: "server", message: "taken" }, { shouldFocus: true });
    if (coded) return true;
    const unplaced = problem.fields.filter(({ path, message }) => {
        const field = fields.find((one) => path === one || path.startsWith(`${one}.`));
        if (field) setError(field, { type: "server", message: `server:${message}` }, { shouldFocus: true });
        return !field;
    });
    return problem.fields.length > 0 && unplaced.length === 0;
}
