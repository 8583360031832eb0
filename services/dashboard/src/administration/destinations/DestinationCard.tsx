import { useMutation, useQueryClient } from "@tanstack/react-query";
import { KeyRound, Pencil, Send, Trash2 } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Link } from "wouter";
import { useTimes } from "@/i18n/useTimes";
import { RefusalNote } from "@/operations/RefusalNote";
import { Badge } from "@/ui/badge";
import { Button } from "@/ui/button";
import { Label } from "@/ui/field";
import { Card } from "@/ui/page";
import { Switch } from "@/ui/switch";
import { ConfirmDialog } from "../ConfirmDialog";
import type { Secret } from "../SecretDialog";
import { DestinationDialog } from "./DestinationDialog";
import {
    changeDestination,
    deleteDestination,
    DESTINATIONS_KEY,
    rotateSecret,
    testDestination,
    type Destination,
} from "./queries";

type DestinationCardProps = { destination: Destination; onSecret: (secret: Secret) => void };

/** Where webhooks go, how it went last, and what waits. */
export function DestinationCard({ destination, onSecret }: DestinationCardProps) {
    const { t } = useTranslation("administration");
    return (
        <Card className="grid content-start gap-3" aria-labelledby={`destination-${destination.id}`}>
            <div className="flex flex-wrap items-center gap-2">
                <h2 id={`destination-${destination.id}`} className="text-[0.9375rem] font-semibold break-words">
                    {destination.name}
                </h2>
                <StateBadge destination={destination} />
                <EnabledSwitch destination={destination} />
            </div>
            <code className="text-[0.8125rem] break-all text-muted-foreground">{destination.url}</code>
            <p className="flex flex-wrap gap-1.5">
                {destination.events.map((event) => (
                    <Badge key={event} variant="outline">
                        {event}
                    </Badge>
                ))}
            </p>
            <Deliveries destination={destination} />
            <Actions destination={destination} onSecret={onSecret} />
            <p className="text-xs text-muted-foreground">
                {t("destinations.dead")}{" "}
                {destination.events.map((event) => (
                    <Link
                        key={event}
                        href={`/operations/dead-letters?event_type=deliver.${event}`}
                        className="mr-2 text-primary-text underline underline-offset-2"
                    >
                        {event}
                    </Link>
                ))}
            </p>
        </Card>
    );
}

function StateBadge({ destination: { enabled, disabled_reason: why, state } }: { destination: Destination }) {
    const { t } = useTranslation("administration");
    if (!enabled)
        return <Badge variant="neutral">{t(why === "gone" ? "destinations.gone" : "destinations.off")}</Badge>;
    if (state.rest) return <Badge variant="warning">{t("destinations.rests")}</Badge>;
    if (state.last_outcome === null) return <Badge variant="outline">{t("destinations.untried")}</Badge>;
    if (state.last_outcome === "delivered") return <Badge variant="success">{t("destinations.works")}</Badge>;
    return <Badge variant="destructive">{t("destinations.fails")}</Badge>;
}

function EnabledSwitch({ destination }: { destination: Destination }) {
    const { t } = useTranslation("administration");
    const client = useQueryClient();
    const id = `enabled-${destination.id}`;
    const toggling = useMutation({
        mutationFn: (enabled: boolean) => changeDestination(destination.id, destination.version, { enabled }),
        onSettled: () => client.invalidateQueries({ queryKey: DESTINATIONS_KEY }),
    });
    return (
        <span className="ml-auto flex items-center gap-2">
            <Label htmlFor={id} className="font-normal">
                {t("destinations.enabled")}
            </Label>
            <Switch
                id={id}
                checked={toggling.isPending ? toggling.variables : destination.enabled}
                onCheckedChange={(enabled) => toggling.mutate(enabled)}
            />
        </span>
    );
}

function Deliveries({ destination: { state } }: { destination: Destination }) {
    const { t } = useTranslation("administration");
    const { full } = useTimes();
    const last = state.last_at
        ? t("destinations.lastWas", {
              event: state.last_event,
              outcome: t(`outcome.${state.last_outcome}`, { defaultValue: state.last_outcome }),
              status: state.last_status === null ? "" : ` (HTTP ${state.last_status})`,
              time: full(state.last_at),
          })
        : t("destinations.noneYet");
    const facts: (readonly [string, string])[] = [
        [t("destinations.last"), last],
        [t("destinations.lastSuccess"), state.last_success_at ? full(state.last_success_at) : "–"],
        [t("destinations.waiting"), state.waiting >= 1000 ? "1000+" : String(state.waiting)],
    ];
    if (state.rest)
        facts.push([
            t("destinations.rest"),
            t("destinations.restUntil", {
                time: full(state.rest.until),
                count: state.rest.failures,
                reason: state.rest.reason ?? "",
            }),
        ]);
    return (
        <dl className="grid gap-1.5 text-[0.8125rem]">
            {facts.map(([name, value]) => (
                <div key={name} className="grid grid-cols-[9rem_minmax(0,1fr)] gap-3">
                    <dt className="text-muted-foreground">{name}</dt>
                    <dd className="min-w-0 break-words tabular-nums">{value}</dd>
                </div>
            ))}
        </dl>
    );
}

type Asked = "edit" | "secret" | "delete";
const OVERLAP_HOURS = 24;

function Actions({ destination, onSecret }: DestinationCardProps) {
    const { t } = useTranslation("administration");
    const client = useQueryClient();
    const [asked, setAsked] = useState<Asked | null>(null);
    const close = () => setAsked(null);
    const refresh = () => client.invalidateQueries({ queryKey: DESTINATIONS_KEY });
    const testing = useMutation({ mutationFn: () => testDestination(destination.id), onSettled: refresh });
    const rotate = async () => {
        const { secret } = await rotateSecret(destination.id, OVERLAP_HOURS);
        const title = t("destinations.rotated", { name: destination.name });
        onSecret({ title, text: t("destinations.rotatedText"), shown: [[t("destinations.secret"), secret]] });
        await refresh();
    };
    return (
        <>
            {testing.isSuccess && (
                <p role="status" className="text-[0.8125rem] text-info">
                    {t("destinations.testing")}
                </p>
            )}
            <RefusalNote error={testing.error} />
            <div className="flex flex-wrap gap-1.5">
                <Button size="sm" variant="outline" pending={testing.isPending} onClick={() => testing.mutate()}>
                    <Send aria-hidden />
                    {t("destinations.test")}
                </Button>
                <Button size="sm" variant="outline" onClick={() => setAsked("edit")}>
                    <Pencil aria-hidden />
                    {t("edit")}
                </Button>
                <Button size="sm" variant="outline" onClick={() => setAsked("secret")}>
                    <KeyRound aria-hidden />
                    {t("destinations.rotate")}
                </Button>
                <Button size="sm" variant="outline" onClick={() => setAsked("delete")}>
                    <Trash2 aria-hidden />
                    {t("delete")}
                </Button>
            </div>
            {asked === "edit" && <DestinationDialog destination={destination} onSecret={onSecret} onClose={close} />}
            {asked === "secret" && (
                <ConfirmDialog
                    title={t("destinations.rotateTitle")}
                    text={t("destinations.rotateText")}
                    confirm={t("destinations.rotate")}
                    onClose={close}
                    onConfirm={rotate}
                />
            )}
            {asked === "delete" && (
                <ConfirmDialog
                    destructive
                    title={t("destinations.deleteTitle", { name: destination.name })}
                    text={t("destinations.deleteText")}
                    confirm={t("delete")}
                    onClose={close}
                    onConfirm={() => deleteDestination(destination.id).then(refresh)}
                />
            )}
        </>
    );
}
