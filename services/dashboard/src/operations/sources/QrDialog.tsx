import { useQuery, useQueryClient } from "@tanstack/react-query";
import { CircleCheck } from "lucide-react";
import { useEffect } from "react";
import { useTranslation } from "react-i18next";
import { answer, api, type Schemas } from "@/api/client";
import { Button } from "@/ui/button";
import { CopyButton } from "@/ui/copy-button";
import { Dialog, DialogContent, DialogDescription, DialogFooter, DialogHeader, DialogTitle } from "@/ui/dialog";
import { EmptyState } from "@/ui/empty-state";
import { Region } from "@/ui/region";
import { Skeleton } from "@/ui/skeleton";
import { SOURCES_KEY, type Source } from "./useSources";

/** Evolution makes a new code about each 40 s; ours is asked for a little sooner. */
const FRESH_MS = 30_000;

type QrDialogProps = { source: Pick<Source, "id" | "name">; onClose: () => void };

/** The code that connects a telephone, renewed while the dialog is open, until the line stands. */
export function QrDialog({ source, onClose }: QrDialogProps) {
    const { t } = useTranslation(["operations", "ui"]);
    const client = useQueryClient();
    const query = useQuery({
        queryKey: [...SOURCES_KEY, source.id, "qr"],
        queryFn: ({ signal }) =>
            answer(api.GET("/api/sources/{source_id}/qr", { params: { path: { source_id: source.id } }, signal })),
        refetchInterval: ({ state }) => (state.data?.qr === null || state.status === "error" ? false : FRESH_MS),
        gcTime: 0,
        staleTime: 0,
        retry: false,
    });
    const isPaired = query.data?.qr === null;
    useEffect(() => {
        if (isPaired) void client.invalidateQueries({ queryKey: [...SOURCES_KEY, "list"] });
    }, [client, isPaired]);
    return (
        <Dialog open onOpenChange={(open) => open || onClose()}>
            <DialogContent>
                <DialogHeader>
                    <DialogTitle>{t("qr.title", { name: source.name })}</DialogTitle>
                    <DialogDescription>{t("qr.text")}</DialogDescription>
                </DialogHeader>
                <Region query={query} skeleton={<Skeleton className="mx-auto size-64" />}>
                    {({ qr }) => (qr ? <Code qr={qr} /> : <EmptyState icon={CircleCheck} title={t("qr.paired")} />)}
                </Region>
                <DialogFooter>
                    <Button variant="outline" onClick={onClose}>
                        {t("close", { ns: "ui" })}
                    </Button>
                </DialogFooter>
            </DialogContent>
        </Dialog>
    );
}

function Code({ qr }: { qr: Schemas["QrCode"] }) {
    const { t } = useTranslation("operations");
    return (
        <div className="grid justify-items-center gap-3">
            {qr.image ? (
                // On white in both themes: cameras read no inverted codes.
                <img src={qr.image} alt={t("qr.alt")} className="size-64 rounded-lg border bg-white p-2" />
            ) : (
                <p className="text-sm text-muted-foreground">{t("qr.noImage")}</p>
            )}
            {qr.pairing_code && (
                <p className="flex items-center gap-2 text-sm">
                    {t("qr.pairing")} <code className="text-base font-semibold tracking-widest">{qr.pairing_code}</code>
                    <CopyButton text={qr.pairing_code} label={t("qr.copy")} />
                </p>
            )}
            <p className="text-xs text-muted-foreground">{t("qr.renewed")}</p>
        </div>
    );
}
