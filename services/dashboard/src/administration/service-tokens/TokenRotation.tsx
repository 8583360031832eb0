import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { ConfirmDialog } from "../ConfirmDialog";
import { OverlapField, OVERLAPS } from "../OverlapField";
import type { Secret } from "../SecretDialog";
import { rotateServiceToken, type ServiceToken, TOKENS_KEY } from "./queries";

type TokenRotationProps = { token: ServiceToken; onSecret: (secret: Secret) => void; onClose: () => void };

/** Another token for the same integration, with the same scopes and as long a life. */
export function TokenRotation({ token, onSecret, onClose }: TokenRotationProps) {
    const { t } = useTranslation("administration");
    const client = useQueryClient();
    const [overlap, setOverlap] = useState<number>(OVERLAPS[0]);
    const rotate = async () => {
        const { secret } = await rotateServiceToken(token.id, overlap);
        const title = t("tokens.rotated", { name: token.name });
        onSecret({ title, text: t("tokens.rotatedText"), shown: [[t("tokens.token"), secret]] });
        await client.invalidateQueries({ queryKey: TOKENS_KEY });
    };
    return (
        <ConfirmDialog
            title={t("tokens.rotateTitle", { name: token.name })}
            text={t("tokens.rotateText")}
            confirm={t("tokens.rotate")}
            onClose={onClose}
            onConfirm={rotate}
        >
            <OverlapField value={overlap} hint={t("tokens.overlapHint")} onChange={setOverlap} />
        </ConfirmDialog>
    );
}
