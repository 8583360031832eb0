import { Plus, SearchX } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { usePageTitle } from "@/app/usePageTitle";
import { useTimes } from "@/i18n/useTimes";
import { useUser } from "@/session/useSession";
import { Avatar } from "@/ui/avatar";
import { Badge } from "@/ui/badge";
import { Button } from "@/ui/button";
import { EmptyState } from "@/ui/empty-state";
import { Input } from "@/ui/input";
import { Page } from "@/ui/page";
import { Region } from "@/ui/region";
import { Select } from "@/ui/select";
import { Skeleton } from "@/ui/skeleton";
import { Table, TableBody, TableCell, TableHead, TableHeader, TableRow } from "@/ui/table";
import { matches } from "./matches";
import { SecretDialog, type Secret } from "./SecretDialog";
import { ROLES, useKeptUsers, type KeptUser } from "./users/queries";
import { UserDialog } from "./users/UserDialog";
import { UserMenu } from "./users/UserMenu";

const LOOKS = { admin: "default", operator: "info", supervisor: "warning", agent: "neutral" } as const;

/** Who signs in, and what they may do. */
export default function UsersPage() {
    const { t } = useTranslation("administration");
    usePageTitle(t("users.title"));
    const query = useKeptUsers();
    const [words, setWords] = useState("");
    const [role, setRole] = useState("");
    const [adding, setAdding] = useState(false);
    const [secret, setSecret] = useState<Secret | null>(null);
    const add = (
        <Button onClick={() => setAdding(true)}>
            <Plus aria-hidden />
            {t("users.new")}
        </Button>
    );
    return (
        <Page title={t("users.title")} text={t("users.text")} actions={add}>
            <div className="flex flex-wrap gap-2">
                <Input
                    type="search"
                    className="max-w-sm min-w-48 flex-1"
                    aria-label={t("users.search")}
                    placeholder={t("users.search")}
                    value={words}
                    onChange={(event) => setWords(event.target.value)}
                />
                <Select
                    aria-label={t("users.role")}
                    className="w-44"
                    value={role}
                    onChange={(event) => setRole(event.target.value)}
                >
                    <option value="">{t("users.anyRole")}</option>
                    {ROLES.map((one) => (
                        <option key={one} value={one}>
                            {t(`role.${one}`)}
                        </option>
                    ))}
                </Select>
            </div>
            <Region query={query} skeleton={<Skeleton className="h-80 rounded-lg" />}>
                {(users) => {
                    const found = users.filter((user) => isAsked(user, words, role));
                    if (found.length > 0) return <Users users={found} onSecret={setSecret} />;
                    return <EmptyState icon={SearchX} title={t("nothingFound")} text={t("nothingFoundText")} />;
                }}
            </Region>
            {adding && <UserDialog user={null} onSecret={setSecret} onClose={() => setAdding(false)} />}
            {secret && <SecretDialog secret={secret} onClose={() => setSecret(null)} />}
        </Page>
    );
}

function isAsked(user: KeptUser, words: string, role: string): boolean {
    return (role === "" || user.role === role) && matches(words, [user.name, user.email]);
}

type UsersProps = { users: readonly KeptUser[]; onSecret: (secret: Secret) => void };

function Users({ users, onSecret }: UsersProps) {
    const { t } = useTranslation("administration");
    return (
        <Table>
            <TableHeader>
                <tr>
                    <TableHead>{t("users.name")}</TableHead>
                    <TableHead className="hidden sm:table-cell">{t("users.role")}</TableHead>
                    <TableHead className="hidden lg:table-cell">{t("users.lastSignIn")}</TableHead>
                    <TableHead className="hidden text-right md:table-cell">{t("users.open")}</TableHead>
                    <TableHead className="hidden sm:table-cell">{t("users.state")}</TableHead>
                    <TableHead className="w-10">
                        <span className="sr-only">{t("actions")}</span>
                    </TableHead>
                </tr>
            </TableHeader>
            <TableBody>
                {users.map((user) => (
                    <UserRow key={user.id} user={user} onSecret={onSecret} />
                ))}
            </TableBody>
        </Table>
    );
}

function UserRow({ user, onSecret }: { user: KeptUser; onSecret: (secret: Secret) => void }) {
    const { t } = useTranslation("administration");
    const { list } = useTimes();
    const me = useUser();
    return (
        <TableRow>
            <TableCell>
                <span className="flex items-center gap-3">
                    <Avatar name={user.name} className="size-8" />
                    <span className="grid min-w-0">
                        <span className="font-medium break-words">
                            {user.name} {user.id === me.id && `(${t("users.you")})`}
                        </span>
                        <span className="text-xs break-all text-muted-foreground">{user.email}</span>
                        <span className="mt-1 flex flex-wrap gap-1 sm:hidden">
                            <Standing user={user} />
                        </span>
                    </span>
                </span>
            </TableCell>
            <TableCell className="hidden sm:table-cell">
                <Badge variant={LOOKS[user.role]}>{t(`role.${user.role}`)}</Badge>
            </TableCell>
            <TableCell className="hidden whitespace-nowrap text-muted-foreground tabular-nums lg:table-cell">
                {user.last_sign_in_at ? list(user.last_sign_in_at) : t("users.never")}
            </TableCell>
            <TableCell className="hidden text-right tabular-nums md:table-cell">{user.open_conversations}</TableCell>
            <TableCell className="hidden sm:table-cell">
                <Badge variant={user.active ? "success" : "outline"}>
                    {t(user.active ? "users.active" : "users.inactive")}
                </Badge>
            </TableCell>
            <TableCell>
                <UserMenu user={user} onSecret={onSecret} />
            </TableCell>
        </TableRow>
    );
}

/** On telephones, below the name: there is no room for columns of it. */
function Standing({ user }: { user: KeptUser }) {
    const { t } = useTranslation("administration");
    return (
        <>
            <Badge variant={LOOKS[user.role]}>{t(`role.${user.role}`)}</Badge>
            {!user.active && <Badge variant="outline">{t("users.inactive")}</Badge>}
        </>
    );
}
