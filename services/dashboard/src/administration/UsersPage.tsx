import { useQuery } from "@tanstack/react-query";
import { SearchX, Terminal } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { answer, api, type Schemas } from "@/api/client";
import { usePageTitle } from "@/app/usePageTitle";
import { useUser } from "@/session/useSession";
import { Avatar } from "@/ui/avatar";
import { Badge } from "@/ui/badge";
import { EmptyState } from "@/ui/empty-state";
import { Input } from "@/ui/input";
import { Page } from "@/ui/page";
import { Region } from "@/ui/region";
import { Select } from "@/ui/select";
import { Skeleton } from "@/ui/skeleton";
import { Table, TableBody, TableCell, TableHead, TableHeader, TableRow } from "@/ui/table";
import { matches } from "./matches";

type User = Schemas["UserEntry"];

const ROLES: readonly User["role"][] = ["admin", "operator", "supervisor", "agent"];
const LOOKS = { admin: "default", operator: "info", supervisor: "warning", agent: "neutral" } as const;

/** Everybody of the clinic and what they may do. Accounts are kept by whoever runs the installation. */
export default function UsersPage() {
    const { t } = useTranslation("administration");
    usePageTitle(t("users.title"));
    const [words, setWords] = useState("");
    const [role, setRole] = useState("");
    const query = useQuery({
        queryKey: ["users"],
        queryFn: ({ signal }) => answer(api.GET("/api/users", { signal })),
    });
    return (
        <Page title={t("users.title")} text={t("users.text")}>
            <p className="flex items-start gap-2 rounded-lg border bg-info-soft px-3.5 py-2.5 text-[0.8125rem] text-info">
                <Terminal aria-hidden className="mt-0.5 size-4 shrink-0" />
                <span>
                    {t("users.cli")} <code className="font-semibold">./prosa users --help</code>
                </span>
            </p>
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
                {({ users }) => {
                    const found = users.filter((user) => isAsked(user, words, role));
                    if (found.length > 0) return <Users users={found} />;
                    return <EmptyState icon={SearchX} title={t("nothingFound")} text={t("nothingFoundText")} />;
                }}
            </Region>
        </Page>
    );
}

function isAsked(user: User, words: string, role: string): boolean {
    return (role === "" || user.role === role) && matches(words, [user.name, user.email]);
}

function Users({ users }: { users: readonly User[] }) {
    const { t } = useTranslation("administration");
    const me = useUser();
    return (
        <Table>
            <TableHeader>
                <tr>
                    <TableHead>{t("users.name")}</TableHead>
                    <TableHead>{t("users.role")}</TableHead>
                    <TableHead className="hidden md:table-cell">{t("users.may")}</TableHead>
                    <TableHead>{t("users.state")}</TableHead>
                </tr>
            </TableHeader>
            <TableBody>
                {users.map((user) => (
                    <TableRow key={user.id}>
                        <TableCell>
                            <span className="flex items-center gap-3">
                                <Avatar name={user.name} className="size-8" />
                                <span className="grid min-w-0">
                                    <span className="font-medium break-words">
                                        {user.name} {user.id === me.id && `(${t("users.you")})`}
                                    </span>
                                    <span className="text-xs break-all text-muted-foreground">{user.email}</span>
                                </span>
                            </span>
                        </TableCell>
                        <TableCell>
                            <Badge variant={LOOKS[user.role]}>{t(`role.${user.role}`)}</Badge>
                        </TableCell>
                        <TableCell className="hidden text-[0.8125rem] text-muted-foreground md:table-cell">
                            {t(`roleMay.${user.role}`)}
                        </TableCell>
                        <TableCell>
                            <Badge variant={user.active ? "success" : "outline"}>
                                {t(user.active ? "users.active" : "users.inactive")}
                            </Badge>
                        </TableCell>
                    </TableRow>
                ))}
            </TableBody>
        </Table>
    );
}
