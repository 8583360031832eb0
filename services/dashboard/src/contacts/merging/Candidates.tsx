import { useState } from "react";
import { useTranslation } from "react-i18next";
import { SearchField } from "@/conversations/list/SearchField";
import { ErrorState } from "@/ui/error-state";
import { Skeleton } from "@/ui/skeleton";
import { ContactName } from "../ContactName";
import type { Contact } from "../useContact";
import { useCandidates } from "./useMerge";

type CandidatesProps = { contactId: string; onChoose: (contact: Contact) => void };

/** Finds the other one of the two. */
export function Candidates({ contactId, onChoose }: CandidatesProps) {
    const { t } = useTranslation("contacts");
    const [q, setQ] = useState("");
    const { data, error, isLoading, refetch } = useCandidates(q, contactId);
    return (
        <div className="grid min-h-64 content-start gap-3">
            <SearchField value={q} onSearch={setQ} label={t("search")} />
            {isLoading && <Skeleton className="h-32" />}
            {error && <ErrorState error={error} onRetry={() => void refetch()} className="py-4" />}
            {data && (
                <ul aria-label={t("merge.found")} className="grid grid-cols-1 gap-1">
                    {data.map((contact) => (
                        <li key={contact.id}>
                            <button
                                type="button"
                                onClick={() => onChoose(contact)}
                                className="flex w-full items-center gap-3 rounded-md px-2 py-1.5 text-left hover:bg-accent"
                            >
                                <ContactName contact={contact} avatar="size-8" />
                            </button>
                        </li>
                    ))}
                </ul>
            )}
            {data?.length === 0 && (
                <p role="status" className="text-sm text-muted-foreground">
                    {t("results")}
                </p>
            )}
        </div>
    );
}
