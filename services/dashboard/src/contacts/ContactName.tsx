import { Avatar } from "@/ui/avatar";
import { phoneText } from "./phone";
import type { Contact } from "./useContact";

type ContactNameProps = { contact: Contact; avatar: string };

/** A contact in a list: initials, name, and the phone, else the e-mail address. */
export function ContactName({ contact, avatar }: ContactNameProps) {
    return (
        <>
            <Avatar name={contact.name} className={avatar} />
            <span className="grid min-w-0">
                <span className="truncate text-sm font-medium">{contact.name}</span>
                <span className="truncate text-xs text-muted-foreground tabular-nums">
                    {phoneText(contact.phone) || contact.email}
                </span>
            </span>
        </>
    );
}
