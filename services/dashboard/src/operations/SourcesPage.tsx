import { Plug } from "lucide-react";
import { useTranslation } from "react-i18next";
import { usePageTitle } from "@/app/usePageTitle";
import { EmptyState } from "@/ui/empty-state";
import { Page } from "@/ui/page";
import { Region } from "@/ui/region";
import { Skeleton } from "@/ui/skeleton";
import { Pauses, usePauses } from "./queue/Pauses";
import { SourceCard } from "./sources/SourceCard";
import { useSources } from "./sources/useSources";

const LOOK_MS = 10_000;

/** Whether each way in and out works. */
export default function SourcesPage() {
    const { t } = useTranslation("operations");
    usePageTitle(t("sources.title"));
    const sources = useSources(LOOK_MS);
    const pauses = usePauses().data?.pauses ?? [];
    return (
        <Page title={t("sources.title")} text={t("sources.text")} className="max-w-[96rem]">
            <Pauses ofClinic />
            <Region query={sources} skeleton={<SourcesSkeleton />}>
                {(found) =>
                    found.length === 0 ? (
                        <EmptyState icon={Plug} title={t("sources.empty")} text={t("sources.emptyText")} />
                    ) : (
                        <div className="grid items-start gap-3 md:grid-cols-2 2xl:grid-cols-3">
                            {found.map((source) => (
                                <SourceCard
                                    key={source.id}
                                    source={source}
                                    now={sources.dataUpdatedAt}
                                    pauses={pauses.filter(({ source_id }) => source_id === source.id)}
                                />
                            ))}
                        </div>
                    )
                }
            </Region>
        </Page>
    );
}

function SourcesSkeleton() {
    return (
        <div className="grid gap-3 md:grid-cols-2 2xl:grid-cols-3">
            <Skeleton className="h-44 rounded-lg" />
            <Skeleton className="h-44 rounded-lg" />
        </div>
    );
}
