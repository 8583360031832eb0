import { useTranslation } from "react-i18next";
import { Link } from "wouter";
import type { Schemas } from "@/api/client";
import { useTimes } from "@/i18n/useTimes";
import { Table, TableBody, TableCell, TableHead, TableHeader, TableRow } from "@/ui/table";
import { cn } from "@/ui/cn";
import { Scrolled } from "@/ui/scrolled";
import { detailsOf, type Detail } from "./details";
import { placeOf } from "./filter";

type Entry = Schemas["AuditEntry"];

/** On a narrow screen an entry is one cell, in the order in which it is read. */
export function AuditTable({ entries }: { entries: readonly Entry[] }) {
    const { t } = useTranslation("operations");
    return (
        <Table>
            <TableHeader className="hidden md:table-header-group">
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

const CELL = "block px-3 py-0.5 align-top md:table-cell md:py-2.5";

function EntryRow({ entry }: { entry: Entry }) {
    const { t } = useTranslation("operations");
    const { full } = useTimes();
    return (
        <TableRow className="block py-2 md:table-row md:py-0">
            <TableCell
                className={cn(CELL, "text-muted-foreground tabular-nums md:whitespace-nowrap md:text-foreground")}
            >
                <time dateTime={entry.at}>{full(entry.at)}</time>
            </TableCell>
            <TableCell className={CELL}>{entry.actor?.name ?? t("audit.system")}</TableCell>
            <TableCell className={CELL}>
                <span className="block font-medium md:font-normal">
                    {t(`actions.${entry.action}`, { defaultValue: entry.action })}
                </span>
                <code className="hidden text-xs text-muted-foreground md:inline">{entry.action}</code>
            </TableCell>
            <TableCell className={CELL}>
                <Subject entry={entry} />
            </TableCell>
            <TableCell className={cn(CELL, "break-words")}>
                <Details data={entry.data} />
            </TableCell>
        </TableRow>
    );
}

function Subject({ entry }: { entry: Entry }) {
    const { t } = useTranslation("operations");
    const place = placeOf(entry.subject_type, entry.subject_id);
    const subject = `${t(`subjects.${entry.subject_type}`, { defaultValue: entry.subject_type })} ${short(entry.subject_id)}`;
    if (!place) return subject;
    return (
        <Link href={place} className="text-primary-text underline underline-offset-2">
            {subject}
        </Link>
    );
}

/** What it tells, as long as that is short; everything, to be opened, where it is not. */
function Details({ data }: { data: Entry["data"] }) {
    const { t } = useTranslation("operations");
    const details = detailsOf(data);
    if (details.length === 0) return <span className="hidden text-muted-foreground md:inline">–</span>;
    if (details.length <= MOST_LINES && details.every(isShort))
        return (
            <dl className="grid gap-0.5 text-[0.8125rem]">
                {details.map((detail) => (
                    <DetailLine key={detail.name} {...detail} />
                ))}
            </dl>
        );
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

function DetailLine({ name, was, is }: Detail) {
    const { t } = useTranslation("operations");
    return (
        <div className="flex flex-wrap gap-x-1.5">
            <dt className="text-muted-foreground">{t(`details.${name}`, { defaultValue: name })}</dt>
            <dd>
                {was !== undefined && (
                    <>
                        {was} <span aria-label={t("audit.became")}>→</span>{" "}
                    </>
                )}
                {is}
            </dd>
        </div>
    );
}

const MOST_LINES = 4;
const LONGEST = 60;

function isShort({ was, is }: Detail): boolean {
    return (was ?? "").length + is.length <= LONGEST;
}

const LONG_ID = 16;

function short(id: string): string {
    return id.length > LONG_ID ? `${id.slice(0, LONG_ID)}…` : id;
}
