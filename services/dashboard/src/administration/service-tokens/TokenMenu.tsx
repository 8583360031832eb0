import { useQueryClient } from "@tanstack/react-query";
import { Ban, EllipsisVertical, KeyRound } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Button } from "@/ui/button";
import { DropdownMenu, DropdownMenuContent, DropdownMenuItem, DropdownMenuTrigger } from "@/ui/dropdown-menu";
import { ConfirmDialog } from "../ConfirmDialog";
import type { Secret } from "../SecretDialog";
import { revokeServiceToken, type ServiceToken, TOKENS_KEY } from "./queries";
import { TokenRotation } from "./TokenRotation";

type TokenMenuProps = { token: ServiceToken; onSecret: (secret: Secret) => void };

/** What can be done about a token that goes on. Only one that nothing has taken the place of is rotated. */
export function TokenMenu({ token, onSecret }: TokenMenuProps) {
    const { t } = useTranslation("administration");
    const client = useQueryClient();
    const [asked, setAsked] = useState<"rotate" | "revoke" | null>(null);
    const close = () => setAsked(null);
    const revoke = () => revokeServiceToken(token.id).then(() => client.invalidateQueries({ queryKey: TOKENS_KEY }));
    return (
        <>
            <DropdownMenu>
                <DropdownMenuTrigger asChild>
                    <Button
                        variant="ghost"
                        size="icon-sm"
                        aria-label={t("tokens.actionsOf", { name: token.name, prefix: token.prefix })}
                    >
                        <EllipsisVertical aria-hidden />
                    </Button>
                </DropdownMenuTrigger>
                <DropdownMenuContent align="end">
                    {token.state === "active" && (
                        <DropdownMenuItem onSelect={() => setAsked("rotate")}>
                            <KeyRound aria-hidden />
                            {t("tokens.rotate")}
                        </DropdownMenuItem>
                    )}
                    <DropdownMenuItem destructive onSelect={() => setAsked("revoke")}>
                        <Ban aria-hidden />
                        {t("tokens.revoke")}
                    </DropdownMenuItem>
                </DropdownMenuContent>
            </DropdownMenu>
            {asked === "rotate" && <TokenRotation token={token} onSecret={onSecret} onClose={close} />}
            {asked === "revoke" && (
                <ConfirmDialog
                    destructive
                    title={t("tokens.revokeTitle", { name: token.name })}
                    text={t("tokens.revokeText", { prefix: token.prefix })}
                    confirm={t("tokens.revoke")}
                    onClose={close}
                    onConfirm={revoke}
                />
            )}
        </>
    );
}
