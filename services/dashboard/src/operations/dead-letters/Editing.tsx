import { useMutation } from "@tanstack/react-query";
import { CircleCheck, TriangleAlert } from "lucide-react";
import { lazy, Suspense, useMemo, useState } from "react";
import { useTranslation } from "react-i18next";
import { answer, api, ifMatch, isStale } from "@/api/client";
import { Button } from "@/ui/button";
import { Field } from "@/ui/field";
import { Input } from "@/ui/input";
import { Card } from "@/ui/page";
import { Skeleton } from "@/ui/skeleton";
import { toast } from "@/ui/toast";
import { RefusalNote } from "../RefusalNote";
import { changesBetween, type Change } from "./changes";
import { prettyJson } from "./exact-json";
import { checkPayload, type Finding } from "./payload-check";
import { type EntryDetail, type RevealedEntry, useRefreshDeadLetters } from "./queries";

const DiffEditor = lazy(() => import("./DiffEditor"));
const MOST_NAMED = 8;

type EditingProps = {
    entry: EntryDetail;
    revealed: RevealedEntry;
    onClose: () => void;
    onSaved: (replay: boolean) => void;
};

/** Another payload in the place of the one that failed. What came is kept beside it. */
export function Editing({ entry, revealed, onClose, onSaved }: EditingProps) {
    const { t } = useTranslation(["operations", "ui"]);
    const [original] = useState(() => prettyJson(revealed.payload ?? "{}"));
    const [version] = useState(entry.version);
    const [text, setText] = useState(() => prettyJson(revealed.edited ?? revealed.payload ?? "{}"));
    const [reason, setReason] = useState("");
    const [tried, setTried] = useState(false);
    const checked = useMemo(() => checkPayload(text, entry.source), [text, entry.source]);
    const saving = useSaving(entry.id, version, onSaved);
    const save = (replay: boolean) => {
        setTried(true);
        if (!checked.sendable || reason.trim() === "" || saving.isPending) return;
        saving.mutate({ text, reason: reason.trim(), replay });
    };
    return (
        <Card className="grid gap-4" aria-labelledby="editing-title">
            <h2 id="editing-title" className="text-sm font-semibold">
                {t("edit.title")}
            </h2>
            <p className="text-[0.8125rem] text-muted-foreground">{t("edit.text")}</p>
            <Suspense fallback={<Skeleton className="h-72" />}>
                <DiffEditor
                    original={original}
                    text={text}
                    names={{ original: t("edit.original"), edited: t("edit.edited") }}
                    onChange={setText}
                />
            </Suspense>
            <Findings findings={checked.findings} />
            {checked.sendable && <Changes changes={changesBetween(JSON.parse(original), JSON.parse(text))} />}
            <Field
                label={t("reason.label")}
                hint={t("reason.hint")}
                error={tried && reason.trim() === "" ? t("reason.missing") : undefined}
            >
                <Input value={reason} maxLength={1000} onChange={(event) => setReason(event.target.value)} />
            </Field>
            <RefusalNote error={saving.error && !isStale(saving.error) ? saving.error : null} />
            {isStale(saving.error) && (
                <p role="alert" className="rounded-md bg-warning-soft px-3 py-2 text-[0.8125rem] text-warning">
                    {t("edit.stale")}
                </p>
            )}
            <div className="flex flex-wrap justify-end gap-2">
                <Button variant="outline" onClick={onClose}>
                    {t("cancel", { ns: "ui" })}
                </Button>
                <Button
                    variant="outline"
                    disabled={!checked.sendable}
                    pending={saving.isPending}
                    onClick={() => save(false)}
                >
                    {t("edit.save")}
                </Button>
                <Button disabled={!checked.sendable} pending={saving.isPending} onClick={() => save(true)}>
                    {t("edit.saveAndReplay")}
                </Button>
            </div>
        </Card>
    );
}

type Edit = { text: string; reason: string; replay: boolean };

function useSaving(id: string, version: number, onSaved: (replay: boolean) => void) {
    const { t } = useTranslation("operations");
    const refresh = useRefreshDeadLetters();
    return useMutation({
        mutationFn: ({ text, reason }: Edit) => saveEdit(id, version, text, reason),
        onSuccess: (_, { replay }) => {
            toast.success(t("edit.saved"));
            onSaved(replay);
        },
        onSettled: refresh,
    });
}

/** The text is sent as it was typed: read and written again, it would lose digits of long numbers. */
function saveEdit(id: string, version: number, text: string, reason: string) {
    return answer(
        api.PATCH("/api/dlq/{id}/payload", {
            params: { path: { id }, header: ifMatch(version) },
            headers: { "Content-Type": "application/json" },
            body: { payload: {}, reason },
            bodySerializer: () => `{"payload":${text},"reason":${JSON.stringify(reason)}}`,
        }),
    );
}

function Findings({ findings }: { findings: readonly Finding[] }) {
    const { t } = useTranslation("operations");
    if (findings.length === 0)
        return (
            <p role="status" className="flex items-center gap-1.5 text-[0.8125rem] text-success">
                <CircleCheck aria-hidden className="size-4" />
                {t("check.fine")}
            </p>
        );
    return (
        <ul role="status" className="grid gap-1 text-[0.8125rem] text-warning">
            {findings.map(({ path, problem }) => (
                <li key={`${path} ${problem}`} className="flex items-start gap-1.5">
                    <TriangleAlert aria-hidden className="mt-0.5 size-4 shrink-0" />
                    <span>
                        {path !== "" && <code className="mr-1 font-semibold">{path}</code>}
                        {t(`check.${problem}`)}
                    </span>
                </li>
            ))}
        </ul>
    );
}

function Changes({ changes }: { changes: readonly Change[] }) {
    const { t } = useTranslation("operations");
    const more = changes.length - MOST_NAMED;
    return (
        <p className="text-xs text-muted-foreground">
            {t("edit.changes", { count: changes.length })}{" "}
            {changes.slice(0, MOST_NAMED).map(({ path, kind }) => (
                <span key={path} className="mr-2">
                    <code>{path}</code> ({t(`change.${kind}`)})
                </span>
            ))}
            {more > 0 && t("edit.moreChanges", { count: more })}
        </p>
    );
}
