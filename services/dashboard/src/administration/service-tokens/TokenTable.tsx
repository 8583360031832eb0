import { useTranslation } from "react-i18next";
import { useTimes } from "@/i18n/useTimes";
import { Badge } from "@/ui/badge";
import { Table, TableBody, TableCell, TableHead, TableHeader, TableRow } from "@/ui/table";
import type { Secret } from "../SecretDialog";
import { endsSoon, goesOn } from "./life";
import type { ServiceToken } from "./queries";
import { TokenMenu } from "./TokenMenu";

const LOOKS = { active: "success", replaced: "warning", expired: "neutral", revoked: "outline" } as const;

type TokenTableProps = { tokens: readonly ServiceToken[]; now: number; onSecret: (secret: Secret) => void };

/** Integrations' tokens: what each opens, whether it goes on, and when somebody last came with it. */
export function TokenTable({ tokens, now, onSecret }: TokenTableProps) {
    const { t } = useTranslation("administration");
    return (
        <Table>
            <TableHeader>
                <tr>
                    <TableHead>{t("tokens.name")}</TableHead>
                    <TableHead className="hidden md:table-cell">{t("tokens.scopes")}</TableHead>
                    <TableHead>{t("tokens.state")}</TableHead>
                    <TableHead className="hidden lg:table-cell">{t("tokens.lastUsed")}</TableHead>
                    <TableHead className="w-10">
                        <span className="sr-only">{t("actions")}</span>
                    </TableHead>
                </tr>
            </TableHeader>
            <TableBody>
                {tokens.map((token) => (
                    <Row key={token.id} token={token} now={now} onSecret={onSecret} />
                ))}
            </TableBody>
        </Table>
    );
}

type RowProps = { token: ServiceToken; now: number; onSecret: (secret: Secret) => void };

function Row({ token, now, onSecret }: RowProps) {
    const { t } = useTranslation("administration");
    const { list, full } = useTimes();
    return (
        <TableRow>
            <TableCell className="min-w-40">
                <span className="grid gap-0.5">
                    <span className="font-medium break-words">{token.name}</span>
                    <code className="text-xs text-muted-foreground" title={t("tokens.prefix")}>
                        {token.prefix}…
                    </code>
                    <span className="text-xs text-muted-foreground">
                        {t("tokens.since", { time: full(token.created_at) })}
                    </span>
                </span>
            </TableCell>
            <TableCell className="hidden md:table-cell">
                <span className="flex flex-wrap gap-1">
                    {token.scopes.map((scope) => (
                        <Badge key={scope} variant="outline">
                            {scope}
                        </Badge>
                    ))}
                </span>
            </TableCell>
            <TableCell>
                <span className="grid justify-items-start gap-1">
                    <Badge variant={LOOKS[token.state]}>{t(`tokenState.${token.state}`)}</Badge>
                    <End token={token} now={now} />
                </span>
            </TableCell>
            <TableCell className="hidden whitespace-nowrap text-muted-foreground tabular-nums lg:table-cell">
                {token.last_used_at ? list(token.last_used_at) : t("tokens.never")}
            </TableCell>
            <TableCell>{goesOn(token) && <TokenMenu token={token} onSecret={onSecret} />}</TableCell>
        </TableRow>
    );
}

function End({ token, now }: { token: ServiceToken; now: number }) {
    const { t } = useTranslation("administration");
    const { full } = useTimes();
    const isSoon = endsSoon(token, now);
    return (
        <span className={isSoon ? "text-xs font-medium text-warning" : "text-xs text-muted-foreground"}>
            {endOf(token) ? t(endKey(token), { time: full(endOf(token) ?? "") }) : t("tokens.untilRevoked")}
        </span>
    );
}

function endOf({ revoked_at: revoked, expires_at: expires }: ServiceToken): string | null {
    return revoked ?? expires;
}

function endKey(token: ServiceToken): string {
    return goesOn(token) ? "tokens.until" : "tokens.ended";
}
