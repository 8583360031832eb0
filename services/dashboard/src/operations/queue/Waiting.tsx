import { keepPreviousData, useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { CircleCheck, Play, Skull } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { answer, api, type Schemas } from "@/api/client";
import { useTimes } from "@/i18n/useTimes";
import { useMay } from "@/session/useMay";
import { Badge } from "@/ui/badge";
import { Button } from "@/ui/button";
import { EmptyState } from "@/ui/empty-state";
import { Region } from "@/ui/region";
import { Select } from "@/ui/select";
import { Skeleton } from "@/ui/skeleton";
import { Table, TableBody, TableCell, TableHead, TableHeader, TableRow } from "@/ui/table";
import { toast } from "@/ui/toast";
import { ReasonDialog } from "../ReasonDialog";
import { useProblemText } from "../useProblemText";

type Message = Schemas["QueueMessage"];
type Status = Message["status"];

const STATUSES: readonly Status[] = ["retrying", "pending", "processing"];
const SHOWN = 20;
const VARIANTS = { retrying: "warning", pending: "neutral", processing: "info" } as const;

/** The oldest of what waits, one by one: try it now, or take it out of the queue. */
export function Waiting({ everyMs }: { everyMs: number }) {
    const { t } = useTranslation("operations");
    const [status, setStatus] = useState<Status>("retrying");
    const query = useQuery({
        queryKey: ["operations", "queue", "messages", status],
        queryFn: ({ signal }) =>
            answer(api.GET("/api/queue/messages", { params: { query: { status, limit: SHOWN } }, signal })),
        refetchInterval: everyMs > 0 && Math.max(everyMs, 2000),
        placeholderData: keepPreviousData,
    });
    return (
        <section aria-labelledby="waiting-title" className="grid grid-cols-1 gap-3">
            <div className="flex flex-wrap items-center justify-between gap-2">
                <h2 id="waiting-title" className="text-sm font-semibold">
                    {t("waiting.title")}
                </h2>
                <Select
                    aria-label={t("waiting.status")}
                    className="w-44"
                    value={status}
                    onChange={(event) => setStatus(STATUSES.find((one) => one === event.target.value) ?? "retrying")}
                >
                    {STATUSES.map((one) => (
                        <option key={one} value={one}>
                            {t(`status.${one}`)}
                        </option>
                    ))}
                </Select>
            </div>
            <Region query={query} skeleton={<Skeleton className="h-40 rounded-lg" />}>
                {({ messages }) => <Messages messages={messages} />}
            </Region>
        </section>
    );
}

function Messages({ messages }: { messages: readonly Message[] }) {
    const { t } = useTranslation("operations");
    if (messages.length === 0)
        return (
            <div className="rounded-lg border bg-card">
                <EmptyState icon={CircleCheck} title={t("waiting.empty")} text={t("waiting.emptyText")} />
            </div>
        );
    return (
        <Table>
            <TableHeader>
                <tr>
                    <TableHead>{t("waiting.what")}</TableHead>
                    <TableHead>{t("waiting.since")}</TableHead>
                    <TableHead className="text-right">{t("waiting.attempts")}</TableHead>
                    <TableHead>{t("waiting.next")}</TableHead>
                    <TableHead>{t("waiting.error")}</TableHead>
                    <TableHead>
                        <span className="sr-only">{t("actionsColumn")}</span>
                    </TableHead>
                </tr>
            </TableHeader>
            <TableBody>
                {messages.map((message) => (
                    <MessageRow key={message.id} message={message} />
                ))}
            </TableBody>
        </Table>
    );
}

function MessageRow({ message }: { message: Message }) {
    const { t } = useTranslation("operations");
    const { full } = useTimes();
    return (
        <TableRow>
            <TableCell>
                <div className="grid gap-0.5">
                    <span className="flex items-center gap-2">
                        <code className="text-[0.8125rem]">{message.event_type}</code>
                        <Badge variant={message.paused ? "outline" : VARIANTS[message.status]}>
                            {t(message.paused ? "status.paused" : `status.${message.status}`)}
                        </Badge>
                    </span>
                    <span className="text-xs text-muted-foreground">{message.source_name ?? "–"}</span>
                </div>
            </TableCell>
            <TableCell className="whitespace-nowrap tabular-nums">{full(message.created_at)}</TableCell>
            <TableCell className="text-right tabular-nums">{message.failure_count}</TableCell>
            <TableCell className="whitespace-nowrap tabular-nums">
                {message.scheduled_at ? full(message.scheduled_at) : "–"}
            </TableCell>
            <TableCell className="max-w-72">
                <span className="line-clamp-2 text-xs break-words">{message.last_error ?? "–"}</span>
            </TableCell>
            <TableCell>
                <MessageActions message={message} />
            </TableCell>
        </TableRow>
    );
}

function MessageActions({ message }: { message: Message }) {
    const { t } = useTranslation("operations");
    const say = useProblemText();
    const client = useQueryClient();
    const [killing, setKilling] = useState(false);
    const [mayRun, mayKill] = [useMay("replay"), useMay("discard")];
    const refresh = () => client.invalidateQueries({ queryKey: ["operations", "queue"] });
    const path = { params: { path: { id: message.id } } };
    const run = useMutation({
        mutationFn: () => answer(api.POST("/api/queue/messages/{id}/run", path)),
        onSuccess: () => toast.success(t("waiting.ran")),
        onError: (error) => toast.error(say(error)),
        onSettled: refresh,
    });
    const kill = (reason: string) =>
        answer(api.POST("/api/queue/messages/{id}/kill", { ...path, body: { reason } })).then(refresh);
    const inHand = message.status === "processing";
    return (
        <span className="flex justify-end gap-1">
            {mayRun && (
                <Button
                    size="sm"
                    variant="outline"
                    disabled={inHand}
                    pending={run.isPending}
                    onClick={() => run.mutate()}
                >
                    <Play aria-hidden />
                    {t("waiting.run")}
                </Button>
            )}
            {mayKill && (
                <Button size="sm" variant="outline" disabled={inHand} onClick={() => setKilling(true)}>
                    <Skull aria-hidden />
                    {t("waiting.kill")}
                </Button>
            )}
            {killing && (
                <ReasonDialog
                    destructive
                    title={t("waiting.killTitle")}
                    text={t("waiting.killText")}
                    confirm={t("waiting.kill")}
                    onClose={() => setKilling(false)}
                    onConfirm={kill}
                />
            )}
        </span>
    );
}
