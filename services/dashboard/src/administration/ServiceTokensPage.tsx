import { KeyRound, Plus } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { usePageTitle } from "@/app/usePageTitle";
import { useNow } from "@/operations/useNow";
import { Button } from "@/ui/button";
import { Checkbox } from "@/ui/checkbox";
import { EmptyState } from "@/ui/empty-state";
import { Label } from "@/ui/field";
import { Page } from "@/ui/page";
import { Region } from "@/ui/region";
import { Skeleton } from "@/ui/skeleton";
import { SecretDialog, type Secret } from "./SecretDialog";
import { goesOn } from "./service-tokens/life";
import { type ServiceToken, useServiceTokens } from "./service-tokens/queries";
import { TokenDialog } from "./service-tokens/TokenDialog";
import { TokenTable } from "./service-tokens/TokenTable";

/** Which other systems use the API, and what each may do there. */
export default function ServiceTokensPage() {
    const { t } = useTranslation("administration");
    usePageTitle(t("tokens.title"));
    const query = useServiceTokens();
    const [adding, setAdding] = useState(false);
    const [secret, setSecret] = useState<Secret | null>(null);
    const add = (
        <Button onClick={() => setAdding(true)}>
            <Plus aria-hidden />
            {t("tokens.new")}
        </Button>
    );
    return (
        <Page title={t("tokens.title")} text={t("tokens.text")} actions={add}>
            <Region query={query} skeleton={<Skeleton className="h-72 rounded-lg" />}>
                {(tokens) =>
                    tokens.length === 0 ? (
                        <div className="rounded-lg border bg-card">
                            <EmptyState
                                icon={KeyRound}
                                title={t("tokens.empty")}
                                text={t("tokens.emptyText")}
                                action={add}
                            />
                        </div>
                    ) : (
                        <Tokens tokens={tokens} onSecret={setSecret} />
                    )
                }
            </Region>
            {adding && <TokenDialog onSecret={setSecret} onClose={() => setAdding(false)} />}
            {secret && <SecretDialog secret={secret} onClose={() => setSecret(null)} />}
        </Page>
    );
}

type TokensProps = { tokens: readonly ServiceToken[]; onSecret: (secret: Secret) => void };

function Tokens({ tokens, onSecret }: TokensProps) {
    const { t } = useTranslation("administration");
    const now = useNow();
    const [withEnded, setWithEnded] = useState(false);
    const found = withEnded ? tokens : tokens.filter(goesOn);
    return (
        <div className="grid grid-cols-1 gap-3">
            {!tokens.every(goesOn) && (
                <Label className="flex items-center gap-2 font-normal">
                    <Checkbox checked={withEnded} onCheckedChange={(checked) => setWithEnded(checked === true)} />
                    {t("tokens.withEnded")}
                </Label>
            )}
            {found.length > 0 ? (
                <TokenTable tokens={found} now={now} onSecret={onSecret} />
            ) : (
                <EmptyState icon={KeyRound} title={t("tokens.noneGoesOn")} text={t("tokens.emptyText")} />
            )}
        </div>
    );
}
