import { ArrowLeft } from "lucide-react";
import { useTranslation } from "react-i18next";
import { Link, useParams, useSearch } from "wouter";
import { usePageTitle } from "@/app/usePageTitle";
import { Button } from "@/ui/button";
import { Page } from "@/ui/page";
import { Region } from "@/ui/region";
import { Skeleton } from "@/ui/skeleton";
import { EntryView } from "./dead-letters/EntryView";
import { useDeadLetter } from "./dead-letters/queries";
import { LIST } from "./dead-letters/useFilter";

/** One dead letter: what it is, why it failed, and what becomes of it. */
export default function DeadLetterPage() {
    const { t } = useTranslation("operations");
    const { id = "" } = useParams<{ id: string }>();
    const search = useSearch();
    usePageTitle(t("entry.title", { id }));
    const query = useDeadLetter(id);
    const back = (
        <Button asChild variant="outline">
            <Link href={search === "" ? LIST : `${LIST}?${search}`}>
                <ArrowLeft aria-hidden />
                {t("entry.back")}
            </Link>
        </Button>
    );
    return (
        <Page title={t("entry.title", { id })} actions={back} className="max-w-[96rem]">
            <Region query={query} skeleton={<EntrySkeleton />}>
                {(loaded) => <EntryView key={id} loaded={loaded} />}
            </Region>
        </Page>
    );
}

function EntrySkeleton() {
    return (
        <div className="grid grid-cols-1 gap-5">
            <Skeleton className="h-36 rounded-lg" />
            <div className="grid gap-5 lg:grid-cols-[minmax(0,1fr)_24rem]">
                <Skeleton className="h-96 rounded-lg" />
                <Skeleton className="h-96 rounded-lg" />
            </div>
        </div>
    );
}
