import { Plug, Plus } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { usePageTitle } from "@/app/usePageTitle";
import { useSources } from "@/operations/sources/useSources";
import { Button } from "@/ui/button";
import { EmptyState } from "@/ui/empty-state";
import { Page } from "@/ui/page";
import { Region } from "@/ui/region";
import { Skeleton } from "@/ui/skeleton";
import { SecretDialog, type Secret } from "./SecretDialog";
import { SourceDialog } from "./sources/SourceDialog";
import { SourceRow } from "./sources/SourceRow";

/** Instances and integrations, and how they are set up. */
export default function SourcesPage() {
    const { t } = useTranslation("administration");
    usePageTitle(t("sources.title"));
    const query = useSources();
    const [adding, setAdding] = useState(false);
    const [secret, setSecret] = useState<Secret | null>(null);
    const add = (
        <Button onClick={() => setAdding(true)}>
            <Plus aria-hidden />
            {t("sources.new")}
        </Button>
    );
    return (
        <Page title={t("sources.title")} text={t("sources.text")} actions={add}>
            <Region query={query} skeleton={<Skeleton className="h-72 rounded-lg" />}>
                {(sources) =>
                    sources.length === 0 ? (
                        <EmptyState icon={Plug} title={t("sources.empty")} text={t("sources.emptyText")} action={add} />
                    ) : (
                        <div className="grid items-start gap-3 lg:grid-cols-2">
                            {sources.map((source) => (
                                <SourceRow key={source.id} source={source} onSecret={setSecret} />
                            ))}
                        </div>
                    )
                }
            </Region>
            {adding && <SourceDialog source={null} onSecret={setSecret} onClose={() => setAdding(false)} />}
            {secret && <SecretDialog secret={secret} onClose={() => setSecret(null)} />}
        </Page>
    );
}
