import { useQueryClient } from "@tanstack/react-query";
import { EllipsisVertical, KeyRound, LogOut, Pencil, UserCheck, UserX } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useUser } from "@/session/useSession";
import { Button } from "@/ui/button";
import { DropdownMenu, DropdownMenuContent, DropdownMenuItem, DropdownMenuTrigger } from "@/ui/dropdown-menu";
import { ConfirmDialog } from "../ConfirmDialog";
import type { Secret } from "../SecretDialog";
import { changeUser, givePassword, signOut, USERS_KEY, type KeptUser } from "./queries";
import { UserDialog } from "./UserDialog";

type Asked = "edit" | "password" | "signOut" | "deactivate" | "activate";
type UserMenuProps = { user: KeptUser; onSecret: (secret: Secret) => void };

/** What an admin can do about somebody. What ends their sessions is asked once more. */
export function UserMenu({ user, onSecret }: UserMenuProps) {
    const { t } = useTranslation("administration");
    const client = useQueryClient();
    const isMe = useUser().id === user.id;
    const [asked, setAsked] = useState<Asked | null>(null);
    const close = () => setAsked(null);
    const give = async () => {
        const { password } = await givePassword(user.id);
        const shown = [[t("users.password"), password ?? ""] as const];
        onSecret({ title: t("users.passwordOf", { name: user.name }), text: t("users.createdText"), shown });
    };
    const doing: Record<Exclude<Asked, "edit">, () => Promise<unknown>> = {
        password: give,
        signOut: () => signOut(user.id),
        deactivate: () => changeUser(user.id, user.version, { active: false }),
        activate: () => changeUser(user.id, user.version, { active: true }),
    };
    return (
        <>
            <DropdownMenu>
                <DropdownMenuTrigger asChild>
                    <Button variant="ghost" size="icon-sm" aria-label={t("users.actionsOf", { name: user.name })}>
                        <EllipsisVertical aria-hidden />
                    </Button>
                </DropdownMenuTrigger>
                <DropdownMenuContent align="end">
                    <DropdownMenuItem onSelect={() => setAsked("edit")}>
                        <Pencil aria-hidden />
                        {t("edit")}
                    </DropdownMenuItem>
                    <DropdownMenuItem onSelect={() => setAsked("password")}>
                        <KeyRound aria-hidden />
                        {t("users.ask.password.do")}
                    </DropdownMenuItem>
                    <DropdownMenuItem onSelect={() => setAsked("signOut")}>
                        <LogOut aria-hidden />
                        {t("users.ask.signOut.do")}
                    </DropdownMenuItem>
                    {user.active ? (
                        <DropdownMenuItem destructive disabled={isMe} onSelect={() => setAsked("deactivate")}>
                            <UserX aria-hidden />
                            {t("users.ask.deactivate.do")}
                        </DropdownMenuItem>
                    ) : (
                        <DropdownMenuItem onSelect={() => setAsked("activate")}>
                            <UserCheck aria-hidden />
                            {t("users.ask.activate.do")}
                        </DropdownMenuItem>
                    )}
                </DropdownMenuContent>
            </DropdownMenu>
            {asked === "edit" && <UserDialog user={user} onSecret={onSecret} onClose={close} />}
            {asked && asked !== "edit" && (
                <ConfirmDialog
                    destructive={asked === "deactivate"}
                    title={t(`users.ask.${asked}.title`, { name: user.name })}
                    text={t(`users.ask.${asked}.text`, { count: user.open_conversations })}
                    confirm={t(`users.ask.${asked}.do`)}
                    onClose={close}
                    onConfirm={() => doing[asked]().then(() => client.invalidateQueries({ queryKey: USERS_KEY }))}
                />
            )}
        </>
    );
}
