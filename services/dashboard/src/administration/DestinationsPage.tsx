import { Plus, Webhook } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { usePageTitle } from "@/app/usePageTitle";
import { Button } from "@/ui/button";
import { EmptyState } from "@/ui/empty-state";
import { Page } from "@/ui/page";
import { Region } from "@/ui/region";
import { Skeleton } from "@/ui/skeleton";
import { DestinationCard } from "./destinations/DestinationCard";
import { DestinationDialog } from "./destinations/DestinationDialog";
import { useDestinations } from "./destinations/queries";
import { SecretDialog, type Secret } from "./SecretDialog";

/** Which of the clinic's own systems are told what happens. */
export default function DestinationsPage() {
    const { t } = useTranslation("administration");
    usePageTitle(t("destinations.title"));
    const query = useDestinations();
    const [adding, setAdding] = useState(false);
    const [secret, setSecret] = useState<Secret | null>(null);
    const add = (
        <Button onClick={() => setAdding(true)}>
            <Plus aria-hidden />
            {t("destinations.new")}
        </Button>
    );
    return (
        <Page title={t("destinations.title")} text={t("destinations.text")} actions={add}>
            <Region query={query} skeleton={<Skeleton className="h-72 rounded-lg" />}>
                {({ destinations }) =>
                    destinations.length === 0 ? (
                        <div className="rounded-lg border bg-card">
                            <EmptyState
                                icon={Webhook}
                                title={t("destinations.empty")}
                                text={t("destinations.emptyText")}
                                action={add}
                            />
                        </div>
                    ) : (
                        <div className="grid items-start gap-3 lg:grid-cols-2">
                            {destinations.map((destination) => (
                                <DestinationCard key={destination.id} destination={destination} onSecret={setSecret} />
                            ))}
                        </div>
                    )
                }
            </Region>
            {adding && <DestinationDialog destination={null} onSecret={setSecret} onClose={() => setAdding(false)} />}
            {secret && <SecretDialog secret={secret} onClose={() => setSecret(null)} />}
        </Page>
    );
}
