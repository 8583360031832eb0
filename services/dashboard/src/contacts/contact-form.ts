import { z } from "zod";

/** What a form of a contact holds; the texts of what is wrong stand under `edit.`. */
export const contactShape = z.object({
    name: z.string().trim().min(1, "nameMissing").max(255),
    email: z.union([z.literal(""), z.email("emailInvalid")]),
});

export type ContactForm = z.infer<typeof contactShape>;

/** Who changed a contact while somebody else was editing it: what a 412 tells. */
export function changedBy(body: Record<string, unknown>): string | null {
    const by = body.changed_by;
    if (typeof by !== "object" || by === null) return null;
    const { name } = by as { name?: unknown };
    return typeof name === "string" ? name : null;
}

/** The contact as a 412 says that it is now. */
export function currentOf<T extends { version: number }>(body: Record<string, unknown>): T | null {
    const contact = body.contact;
    return typeof contact === "object" && contact !== null && "version" in contact ? (contact as T) : null;
}

/**
 * What a form holds after a colleague saved meanwhile: what was typed here stays, and what was not touched is theirs.
 */
export function mergedForm(begun: ContactForm, typed: ContactForm, theirs: ContactForm): ContactForm {
    return {
        name: typed.name === begun.name ? theirs.name : typed.name,
        email: typed.email === begun.email ? theirs.email : typed.email,
    };
}
