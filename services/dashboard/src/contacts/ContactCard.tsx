import { Mail, Merge, Pencil, Phone } from "lucide-react";
import { type ReactNode, useState } from "react";
import { useTranslation } from "react-i18next";
import { useTimes } from "@/i18n/useTimes";
import { useMay } from "@/session/useMay";
import { Button } from "@/ui/button";
import { ErrorState } from "@/ui/error-state";
import { lazily } from "@/ui/lazily";
import { Skeleton } from "@/ui/skeleton";
import { phoneText } from "./phone";
import { type ContactDetail, useContact } from "./useContact";

// With the libraries of its form, which reading needs not.
const ContactEditor = lazily(
    () => import("./ContactEditor").then((file) => file.ContactEditor),
    <Skeleton className="h-40 w-full" />,
);
const MergeDialog = lazily(() => import("./merging/MergeDialog").then((file) => file.MergeDialog));

/** Who somebody is, and correcting it. */
export function ContactCard({ contactId }: { contactId: string }) {
    const { data, error, refetch } = useContact(contactId);
    // What is shown stays where fetching it anew fails: somebody may be typing in it.
    if (!data)
        return error ? (
            <ErrorState error={error} onRetry={() => void refetch()} className="py-4" />
        ) : (
            <Skeleton className="h-20 w-full" />
        );
    return <Known key={contactId} detail={data} />;
}

function Known({ detail }: { detail: ContactDetail }) {
    const { contact, identities } = detail;
    const { t } = useTranslation("contacts");
    const [editing, setEditing] = useState(false);
    const others = identities.filter(({ kind }) => kind !== "phone");
    if (editing) return <ContactEditor contact={contact} onDone={() => setEditing(false)} />;
    return (
        <div className="grid gap-2 text-sm">
            <div className="flex items-start justify-between gap-2">
                <span className="min-w-0 font-medium break-words">{contact.name}</span>
                <span className="-my-1 flex shrink-0">
                    <Button variant="ghost" size="sm" onClick={() => setEditing(true)}>
                        <Pencil aria-hidden /> {t("edit.open")}
                    </Button>
                    <Merging detail={detail} />
                </span>
            </div>
            <Fact icon={<Phone aria-hidden />} label={t("phone")}>
                {phoneText(contact.phone) || <Missing>{t("noPhone")}</Missing>}
            </Fact>
            <Fact icon={<Mail aria-hidden />} label={t("email")}>
                {contact.email ?? <Missing>{t("noEmail")}</Missing>}
            </Fact>
            {others.length > 0 && (
                <details className="text-xs text-muted-foreground">
                    <summary>{t("identities")}</summary>
                    <ul className="mt-1 grid gap-1">
                        {others.map(({ kind, value }) => (
                            <li key={`${kind} ${value}`}>
                                {t(`identity.${kind}`, { defaultValue: kind })}:{" "}
                                <code className="break-all">{value}</code>
                            </li>
                        ))}
                    </ul>
                </details>
            )}
            <Since at={contact.created_at} />
        </div>
    );
}

function Merging({ detail }: { detail: ContactDetail }) {
    const { t } = useTranslation("contacts");
    const [asked, setAsked] = useState(false);
    if (!useMay("merge_contacts")) return null;
    return (
        <>
            <Button variant="ghost" size="sm" onClick={() => setAsked(true)}>
                <Merge aria-hidden /> {t("merge.open")}
            </Button>
            {asked && <MergeDialog detail={detail} onClose={() => setAsked(false)} />}
        </>
    );
}

function Since({ at }: { at: string }) {
    const { t } = useTranslation("contacts");
    const times = useTimes();
    return (
        <p className="text-xs text-muted-foreground" title={times.full(at)}>
            {t("since", { date: times.day(at) })}
        </p>
    );
}

function Fact({ icon, label, children }: { icon: ReactNode; label: string; children: ReactNode }) {
    return (
        <p className="flex items-center gap-2 [&_svg]:size-4 [&_svg]:shrink-0 [&_svg]:text-muted-foreground">
            {icon}
            <span className="sr-only">{label}: </span>
            <span className="min-w-0 break-words tabular-nums">{children}</span>
        </p>
    );
}

function Missing({ children }: { children: ReactNode }) {
    return <span className="text-muted-foreground">{children}</span>;
}
