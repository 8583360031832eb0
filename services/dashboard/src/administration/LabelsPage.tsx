import { useQueryClient } from "@tanstack/react-query";
import { Pencil, Plus, Tags, Trash2 } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { usePageTitle } from "@/app/usePageTitle";
import { useTimes } from "@/i18n/useTimes";
import { Button } from "@/ui/button";
import { EmptyState } from "@/ui/empty-state";
import { Page } from "@/ui/page";
import { Region } from "@/ui/region";
import { Skeleton } from "@/ui/skeleton";
import { ConfirmDialog } from "./ConfirmDialog";
import { freshColour } from "./labels/colours";
import { LabelChip } from "./labels/LabelChip";
import { LabelDialog } from "./labels/LabelDialog";
import { deleteLabel, LABELS_KEY, useAllLabels, type Label } from "./labels/queries";

type Asked = { what: "edit"; label: Label | null } | { what: "delete"; label: Label };

/** What conversations are sorted by. */
export default function LabelsPage() {
    const { t } = useTranslation("administration");
    usePageTitle(t("labels.title"));
    const query = useAllLabels();
    const [asked, setAsked] = useState<Asked | null>(null);
    const colour = freshColour(query.data?.map((label) => label.colour) ?? []);
    const add = (
        <Button onClick={() => setAsked({ what: "edit", label: null })}>
            <Plus aria-hidden />
            {t("labels.new")}
        </Button>
    );
    return (
        <Page title={t("labels.title")} text={t("labels.text")} actions={add} className="max-w-4xl">
            <Region query={query} skeleton={<Skeleton className="h-72 rounded-lg" />}>
                {(labels) => (
                    <div className="rounded-lg border bg-card shadow-small">
                        {labels.length === 0 ? (
                            <EmptyState
                                icon={Tags}
                                title={t("labels.empty")}
                                text={t("labels.emptyText")}
                                action={add}
                            />
                        ) : (
                            <ul className="divide-y divide-border">
                                {labels.map((label) => (
                                    <LabelRow key={label.id} label={label} onAsk={setAsked} />
                                ))}
                            </ul>
                        )}
                    </div>
                )}
            </Region>
            {asked?.what === "edit" && (
                <LabelDialog label={asked.label} freshColour={colour} onClose={() => setAsked(null)} />
            )}
            {asked?.what === "delete" && <DeleteDialog label={asked.label} onClose={() => setAsked(null)} />}
        </Page>
    );
}

function LabelRow({ label, onAsk }: { label: Label; onAsk: (asked: Asked) => void }) {
    const { t } = useTranslation("administration");
    const { list } = useTimes();
    return (
        <li className="flex items-center gap-3 px-4 py-2.5">
            <span className="min-w-0 flex-1">
                <LabelChip name={label.name} colour={label.colour} />
            </span>
            <span className="hidden text-xs text-muted-foreground sm:inline">
                {t("changedAt", { time: list(label.updated_at) })}
            </span>
            <Button
                size="icon-sm"
                variant="ghost"
                aria-label={t("labels.editOne", { name: label.name })}
                onClick={() => onAsk({ what: "edit", label })}
            >
                <Pencil aria-hidden />
            </Button>
            <Button
                size="icon-sm"
                variant="ghost"
                aria-label={t("labels.deleteOne", { name: label.name })}
                onClick={() => onAsk({ what: "delete", label })}
            >
                <Trash2 aria-hidden />
            </Button>
        </li>
    );
}

function DeleteDialog({ label, onClose }: { label: Label; onClose: () => void }) {
    const { t } = useTranslation("administration");
    const client = useQueryClient();
    return (
        <ConfirmDialog
            destructive
            title={t("labels.deleteTitle", { name: label.name })}
            text={t("labels.deleteText")}
            confirm={t("delete")}
            onClose={onClose}
            onConfirm={() => deleteLabel(label).then(() => client.invalidateQueries({ queryKey: LABELS_KEY }))}
        />
    );
}
