import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { SOURCES_KEY } from "@/operations/sources/useSources";
import { ConfirmDialog } from "../ConfirmDialog";
import { OverlapField, OVERLAPS } from "../OverlapField";
import type { Secret } from "../SecretDialog";
import { rotateToken, type SourceDetail } from "./queries";
import { tokenSecret } from "./token-secret";

type RotateDialogProps = { source: SourceDetail; onSecret: (secret: Secret) => void; onClose: () => void };

/** Another token: for how long the one before still goes is decided here. */
export function RotateDialog({ source, onSecret, onClose }: RotateDialogProps) {
    const { t } = useTranslation("administration");
    const client = useQueryClient();
    const [overlap, setOverlap] = useState<number>(OVERLAPS[0]);
    const rotate = async () => {
        const made = await rotateToken(source.id, overlap);
        onSecret(tokenSecret(t("sources.rotated", { name: source.name }), t("sources.rotatedText"), made, t));
        await client.invalidateQueries({ queryKey: SOURCES_KEY });
    };
    return (
        <ConfirmDialog
            title={t("sources.rotateTitle", { name: source.name })}
            text={t("sources.rotateText")}
            confirm={t("sources.rotate")}
            onClose={onClose}
            onConfirm={rotate}
        >
            <OverlapField value={overlap} hint={t("sources.overlapHint")} onChange={setOverlap} />
        </ConfirmDialog>
    );
}
