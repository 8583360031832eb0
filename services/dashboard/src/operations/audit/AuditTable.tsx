import { useTranslation } from "react-i18next";
import { Link } from "wouter";
import type { Schemas } from "@/api/client";
import { useTimes } from "@/i18n/useTimes";
import { Table, TableBody, TableCell, TableHead, TableHeader, TableRow } from "@/ui/table";
import { Scrolled } from "@/ui/scrolled";
import { placeOf } from "./filter";

type Entry = Schemas["AuditEntry"];

export function AuditTable({ entries }: { entries: readonly Entry[] }) {
    const { t } = useTranslation("operations");
    return (
        <Table>
            <TableHeader>
                <tr>
                    <TableHead>{t("audit.at")}</TableHead>
                    <TableHead>{t("audit.who")}</TableHead>
                    <TableHead>{t("audit.action")}</TableHead>
                    <TableHead>{t("audit.subject")}</TableHead>
                    <TableHead>{t("audit.data")}</TableHead>
                </tr>
            </TableHeader>
            <TableBody>
                {entries.map((entry) => (
                    <EntryRow key={entry.id} entry={entry} />
                ))}
            </TableBody>
        </Table>
    );
}

function EntryRow({ entry }: { entry: Entry }) {
    const { t } = useTranslation("operations");
    const { full } = useTimes();
    const place = placeOf(entry.subject_type, entry.subject_id);
    const subject = `${t(`subjects.${entry.subject_type}`, { defaultValue: entry.subject_type })} ${short(entry.subject_id)}`;
    return (
        <TableRow>
            <TableCell className="align-top whitespace-nowrap tabular-nums">
                <time dateTime={entry.at}>{full(entry.at)}</time>
            </TableCell>
            <TableCell className="align-top">{entry.actor?.name ?? t("audit.system")}</TableCell>
            <TableCell className="align-top">
                <span className="block">{t(`actions.${entry.action}`, { defaultValue: entry.action })}</span>
                <code className="text-xs text-muted-foreground">{entry.action}</code>
            </TableCell>
            <TableCell className="align-top">
                {place ? (
                    <Link href={place} className="text-primary-text underline underline-offset-2">
                        {subject}
                    </Link>
                ) : (
                    subject
                )}
            </TableCell>
            <TableCell className="align-top">
                <Data data={entry.data} />
            </TableCell>
        </TableRow>
    );
}

function Data({ data }: { data: Entry["data"] }) {
    const { t } = useTranslation("operations");
    const text = JSON.stringify(data);
    if (text === "{}") return <span className="text-muted-foreground">–</span>;
    if (text.length <= SHORT) return <code className="text-xs break-all">{text}</code>;
    return (
        <details className="max-w-md text-xs">
            <summary className="w-fit rounded text-muted-foreground hover:text-foreground">
                {t("audit.showData")}
            </summary>
            <Scrolled label={t("audit.data")} className="mt-1 max-h-56 p-2">
                {JSON.stringify(data, null, 2)}
            </Scrolled>
        </details>
    );
}

const SHORT = 80;
const LONG_ID = 16;

function short(id: string): string {
    return id.length > LONG_ID ? `${id.slice(0, LONG_ID)}…` : id;
}
