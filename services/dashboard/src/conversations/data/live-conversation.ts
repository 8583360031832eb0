import type { Conversation } from "./types";

/** What an event tells of a conversation without telling the rest. */
export type Fields = Partial<Pick<Conversation, "assigned_to" | "status" | "priority" | "unread_count" | "label_ids">>;
type FieldName = keyof Fields;

/**
 * A conversation as the cache has it: whole as of `version`, and single fields as of a later one. A later event of one
 * field must not make an earlier one of another field look old, so each remembers its own.
 */
export type LiveConversation = Conversation & { fieldVersions?: Partial<Record<FieldName, number>> };

/** Of two copies the newer one, with the fields that the other knows better; of two as new, the one that was known. */
export function merged(known: LiveConversation | null | undefined, other: LiveConversation): LiveConversation {
    if (known?.id !== other.id) return other;
    return other.version > known.version ? withLaterFields(other, known) : withLaterFields(known, other);
}

function withLaterFields(base: LiveConversation, other: LiveConversation): LiveConversation {
    const later = (Object.entries(other.fieldVersions ?? {}) as [FieldName, number][]).filter(
        ([name, version]) => version > Math.max(base.version, base.fieldVersions?.[name] ?? 0),
    );
    if (later.length === 0) return base;
    const fields = Object.fromEntries(later.map(([name]) => [name, other[name]]));
    return { ...base, ...fields, fieldVersions: { ...base.fieldVersions, ...Object.fromEntries(later) } };
}

/** The same conversation where nothing in `fields` is newer than what is known. */
export function withFields(known: LiveConversation, fields: Fields, version: number): LiveConversation {
    const newer = (Object.keys(fields) as FieldName[]).filter(
        (name) => version > Math.max(known.version, known.fieldVersions?.[name] ?? 0),
    );
    if (newer.length === 0) return known;
    const values = Object.fromEntries(newer.map((name) => [name, fields[name]]));
    const versions = Object.fromEntries(newer.map((name) => [name, version]));
    return { ...known, ...values, fieldVersions: { ...known.fieldVersions, ...versions } };
}
