import { useTranslation } from "react-i18next";
import { useTimes } from "@/i18n/useTimes";
import { Badge } from "@/ui/badge";
import { ErrorState } from "@/ui/error-state";
import { Skeleton } from "@/ui/skeleton";
import { phoneText } from "../phone";
import { type ContactDetail, useContact } from "../useContact";

type MergePreviewProps = { kept: ContactDetail; goneId: string };

/** The two as they are, and which of them there will be. */
export function MergePreview({ kept, goneId }: MergePreviewProps) {
    const gone = useContact(goneId);
    const { t } = useTranslation("contacts");
    return (
        <div className="grid gap-3 sm:grid-cols-2">
            <One detail={kept} label={t("merge.stays")} variant="success" />
            {gone.data && <One detail={gone.data} label={t("merge.goes")} variant="destructive" />}
            {gone.isPending && <Skeleton className="h-32" />}
            {gone.error && <ErrorState error={gone.error} onRetry={() => void gone.refetch()} className="py-2" />}
        </div>
    );
}

type OneProps = { detail: ContactDetail; label: string; variant: "success" | "destructive" };

function One({ detail: { contact, conversation_count: count }, label, variant }: OneProps) {
    const { t } = useTranslation("contacts");
    const times = useTimes();
    return (
        <section aria-label={`${label}: ${contact.name}`} className="grid content-start gap-1 rounded-lg border p-3">
            <Badge variant={variant} className="justify-self-start">
                {label}
            </Badge>
            <p className="font-medium break-words">{contact.name}</p>
            <p className="text-[0.8125rem] tabular-nums">{phoneText(contact.phone) || t("noPhone")}</p>
            <p className="text-[0.8125rem] break-all">{contact.email ?? t("noEmail")}</p>
            <p className="text-xs text-muted-foreground">
                {t("conversationCount", { count })} · {t("since", { date: times.day(contact.created_at) })}
            </p>
        </section>
    );
}
