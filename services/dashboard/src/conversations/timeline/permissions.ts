import type { Message } from "../entities";
import { isNote, isOurs } from "./identity";

const EDITABLE_MS = 15 * 60_000;

/** What can be done with a message, as the API would allow it: nothing is offered that it would refuse. */
export type Permissions = { reply: boolean; react: boolean; edit: boolean; remove: boolean; retry: boolean };

const NOTHING: Permissions = { reply: false, react: false, edit: false, remove: false, retry: false };

export function permissionsOf(message: Message, now: Date): Permissions {
    if (message.deleted_at !== null || isNote(message)) return NOTHING;
    if (message.status === "failed") return { ...NOTHING, retry: isOurs(message) };
    if (!isAtProvider(message)) return NOTHING;
    const ours = isOurs(message);
    const young = now.getTime() - Date.parse(message.timestamp) < EDITABLE_MS;
    return {
        reply: true,
        react: true,
        edit: ours && message.message_type === "text" && young,
        remove: ours,
        retry: false,
    };
}

// WhatsApp's id is what replies, reactions and edits refer to. One that begins with `digest:` is ours.
function isAtProvider(message: Message): boolean {
    return message.external_id !== null && !message.external_id.startsWith("digest:");
}
