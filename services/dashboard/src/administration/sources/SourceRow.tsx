import { useMutation, useQueryClient } from "@tanstack/react-query";
import { KeyRound, Pencil, QrCode, Webhook } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useTimes } from "@/i18n/useTimes";
import { RefusalNote } from "@/operations/RefusalNote";
import { ConnectionChip } from "@/operations/sources/ConnectionChip";
import { QrDialog } from "@/operations/sources/QrDialog";
import { SOURCES_KEY, type Source } from "@/operations/sources/useSources";
import { Badge } from "@/ui/badge";
import { Button } from "@/ui/button";
import { CopyButton } from "@/ui/copy-button";
import { Card } from "@/ui/page";
import { Region } from "@/ui/region";
import { Skeleton } from "@/ui/skeleton";
import type { Secret } from "../SecretDialog";
import { setWebhook, useSource, type SourceDetail } from "./queries";
import { RotateDialog } from "./RotateDialog";
import { SourceDialog } from "./SourceDialog";

type SourceRowProps = { source: Source; onSecret: (secret: Secret) => void };

/** A source, how it is set up, and what can be done about it. */
export function SourceRow({ source, onSecret }: SourceRowProps) {
    const { t } = useTranslation("administration");
    const query = useSource(source.id);
    return (
        <Card className="grid content-start gap-3" aria-labelledby={`source-${source.id}`}>
            <div className="flex flex-wrap items-center gap-2">
                <h2 id={`source-${source.id}`} className="text-[0.9375rem] font-semibold break-all">
                    {source.name}
                </h2>
                <Badge variant="outline">{t(`sourceKind.${source.kind}`, { defaultValue: source.kind })}</Badge>
                {source.kind === "evolution" && <ConnectionChip state={source.state} />}
                <Badge variant={source.active ? "success" : "neutral"}>
                    {t(source.active ? "sources.isActive" : "sources.isInactive")}
                </Badge>
            </div>
            <Region query={query} skeleton={<Skeleton className="h-36" />}>
                {({ source: detail }) => (
                    <>
                        <Settings source={detail} />
                        <Actions source={detail} onSecret={onSecret} />
                    </>
                )}
            </Region>
        </Card>
    );
}

function Settings({ source }: { source: SourceDetail }) {
    const { t } = useTranslation("administration");
    const { full } = useTimes();
    const theirs = t("sources.installation");
    const settings: (readonly [string, string])[] = [[t("sources.rate"), source.rate_per_second?.toString() ?? theirs]];
    if (source.kind === "evolution")
        settings.push(
            [t("sources.sends"), source.sends_per_second?.toString() ?? theirs],
            [t("sources.url"), `${source.api_url ?? theirs} (${source.api_version})`],
            [t("sources.key"), t(source.has_api_key ? "sources.hasKey" : "sources.hasNoKey")],
            [
                t("sources.accepts"),
                source.accepts.map((one) => t(`accepts.${one}`)).join(", ") || t("sources.chatsOnly"),
            ],
        );
    if (source.former_token_until) settings.push([t("sources.formerToken"), full(source.former_token_until)]);
    return (
        <dl className="grid gap-1.5 text-[0.8125rem]">
            {settings.map(([name, value]) => (
                <div key={name} className="grid grid-cols-[10rem_minmax(0,1fr)] gap-3">
                    <dt className="text-muted-foreground">{name}</dt>
                    <dd className="min-w-0 break-words tabular-nums">{value}</dd>
                </div>
            ))}
            <div className="grid grid-cols-[10rem_minmax(0,1fr)] gap-3">
                <dt className="text-muted-foreground">{t("sources.webhookUrl")}</dt>
                <dd className="min-w-0 text-muted-foreground">{t("sources.urlOnce")}</dd>
            </div>
        </dl>
    );
}

type Asked = "edit" | "rotate" | "qr";

function Actions({ source, onSecret }: { source: SourceDetail; onSecret: (secret: Secret) => void }) {
    const { t } = useTranslation("administration");
    const client = useQueryClient();
    const [asked, setAsked] = useState<Asked | null>(null);
    const close = () => setAsked(null);
    const setting = useMutation({
        mutationFn: () => setWebhook(source.id),
        onSettled: () => client.invalidateQueries({ queryKey: SOURCES_KEY }),
    });
    const isInstance = source.kind === "evolution";
    return (
        <>
            {setting.data && (
                <p role="status" className="rounded-md bg-success-soft px-3 py-2 text-[0.8125rem] text-success">
                    {t("sources.webhookSet", { count: setting.data.events.length })}{" "}
                    <CopyButton
                        size="sm"
                        variant="ghost"
                        text={setting.data.events.join("\n")}
                        label={t("sources.copyEvents")}
                    />
                </p>
            )}
            <RefusalNote error={setting.error} />
            <div className="flex flex-wrap gap-1.5">
                <Button size="sm" variant="outline" onClick={() => setAsked("edit")}>
                    <Pencil aria-hidden />
                    {t("edit")}
                </Button>
                <Button size="sm" variant="outline" onClick={() => setAsked("rotate")}>
                    <KeyRound aria-hidden />
                    {t("sources.rotate")}
                </Button>
                {isInstance && (
                    <>
                        <Button
                            size="sm"
                            variant="outline"
                            pending={setting.isPending}
                            onClick={() => setting.mutate()}
                        >
                            <Webhook aria-hidden />
                            {t("sources.setWebhook")}
                        </Button>
                        <Button size="sm" variant="outline" onClick={() => setAsked("qr")}>
                            <QrCode aria-hidden />
                            {t("sources.pair")}
                        </Button>
                    </>
                )}
            </div>
            {asked === "edit" && <SourceDialog source={source} onSecret={onSecret} onClose={close} />}
            {asked === "rotate" && <RotateDialog source={source} onSecret={onSecret} onClose={close} />}
            {asked === "qr" && <QrDialog source={source} onClose={close} />}
        </>
    );
}
