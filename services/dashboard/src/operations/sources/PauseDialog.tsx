import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { answer, api, type Schemas } from "@/api/client";
import { Field } from "@/ui/field";
import { Select } from "@/ui/select";
import { toast } from "@/ui/toast";
import { ReasonDialog } from "../ReasonDialog";
import type { Source } from "./useSources";

type Kind = Schemas["Pause"]["kind"];
type PauseDialogProps = { source: Source; pauses: readonly Schemas["Pause"][]; onClose: () => void };

/** Work nothing of a source, or send nothing through it, until somebody resumes it. Nothing is lost meanwhile. */
export function PauseDialog({ source, pauses, onClose }: PauseDialogProps) {
    const { t } = useTranslation("operations");
    const client = useQueryClient();
    const kinds: readonly Kind[] = source.kind === "evolution" ? ["events", "sends"] : ["events"];
    const open = kinds.filter((kind) => !pauses.some((pause) => pause.kind === kind));
    const [chosen, setChosen] = useState<Kind>(open[0] ?? "events");
    const pause = async (reason: string) => {
        await answer(api.POST("/api/queue/pauses", { body: { source_id: source.id, kind: chosen, reason } }));
        toast.success(t("pauses.paused"));
        await client.invalidateQueries({ queryKey: ["operations"] });
    };
    return (
        <ReasonDialog
            title={t("pauses.askTitle", { name: source.name })}
            text={t("pauses.askText")}
            confirm={t("pauses.pause")}
            onClose={onClose}
            onConfirm={pause}
        >
            <Field label={t("pauses.what")}>
                <Select
                    value={chosen}
                    onChange={({ target }) => setChosen(target.value === "sends" ? "sends" : "events")}
                >
                    {open.map((kind) => (
                        <option key={kind} value={kind}>
                            {t(`pauses.kind.${kind}`)}
                        </option>
                    ))}
                </Select>
            </Field>
        </ReasonDialog>
    );
}
