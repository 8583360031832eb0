import type { MouseEvent } from "react";
import { useTranslation } from "react-i18next";
import { Link } from "wouter";
import { useTimes } from "@/i18n/useTimes";
import { Badge } from "@/ui/badge";
import { Checkbox } from "@/ui/checkbox";
import { Table, TableBody, TableCell, TableHead, TableHeader, TableRow } from "@/ui/table";
import { useNow } from "../useNow";
import { EntryMenu } from "./EntryMenu";
import { expiresSoon } from "./expiry";
import type { Entry } from "./queries";
import { allToggled, rangeToggled, toggled, type Selection } from "./selection";
import { StateChip } from "./StateChip";
import { entryAddress } from "./useFilter";

type EntryTableProps = {
    entries: readonly Entry[];
    search: string;
    selection: Selection;
    onSelect: (selection: Selection) => void;
};

export function EntryTable({ entries, search, selection, onSelect }: EntryTableProps) {
    const { t } = useTranslation("operations");
    const ids = entries.map(({ id }) => id);
    const all = ids.every((id) => selection.ids.has(id));
    const some = selection.ids.size > 0 && !all;
    const select = (id: string) => (event: MouseEvent) =>
        onSelect(event.shiftKey ? rangeToggled(selection, ids, id) : toggled(selection, id));
    return (
        <Table>
            <TableHeader>
                <tr>
                    <TableHead className="w-9">
                        <Checkbox
                            aria-label={t("list.selectAll")}
                            checked={some ? "indeterminate" : all}
                            onCheckedChange={() => onSelect(allToggled(selection, ids))}
                        />
                    </TableHead>
                    <TableHead>{t("list.what")}</TableHead>
                    <TableHead className="hidden md:table-cell">{t("list.origin")}</TableHead>
                    <TableHead className="hidden text-right lg:table-cell">{t("list.failures")}</TableHead>
                    <TableHead className="hidden sm:table-cell">{t("list.deadAt")}</TableHead>
                    <TableHead className="w-10">
                        <span className="sr-only">{t("actionsColumn")}</span>
                    </TableHead>
                </tr>
            </TableHeader>
            <TableBody>
                {entries.map((entry) => (
                    <TableRow key={entry.id} data-state={selection.ids.has(entry.id) ? "selected" : undefined}>
                        <TableCell>
                            <Checkbox
                                aria-label={t("list.select", { id: entry.id })}
                                checked={selection.ids.has(entry.id)}
                                onClick={select(entry.id)}
                            />
                        </TableCell>
                        <EntryCells entry={entry} search={search} />
                    </TableRow>
                ))}
            </TableBody>
        </Table>
    );
}

function EntryCells({ entry, search }: { entry: Entry; search: string }) {
    const { t } = useTranslation("operations");
    const { list, full } = useTimes();
    const now = useNow();
    return (
        <>
            <TableCell className="min-w-0">
                <div className="grid grid-cols-1 gap-1">
                    <span className="flex flex-wrap items-center gap-1.5">
                        <StateChip state={entry.state} />
                        <Badge variant="outline">{t(`reasons.${entry.reason}`)}</Badge>
                        {entry.edited && <Badge variant="info">{t("list.edited")}</Badge>}
                        {expiresSoon(entry, now) && <Badge variant="warning">{t("list.expires")}</Badge>}
                    </span>
                    <Link
                        href={entryAddress(entry.id, search)}
                        className="line-clamp-2 font-medium break-words underline-offset-2 hover:underline"
                    >
                        {entry.error_message || entry.error_class}
                    </Link>
                    <span className="text-xs text-muted-foreground md:hidden">
                        {entry.event_type} · {entry.source_name ?? "–"} ·{" "}
                        <time dateTime={entry.dead_at}>{list(entry.dead_at)}</time>
                    </span>
                </div>
            </TableCell>
            <TableCell className="hidden md:table-cell">
                <div className="grid gap-0.5">
                    <code className="text-[0.8125rem]">{entry.event_type}</code>
                    <span className="text-xs text-muted-foreground">{entry.source_name ?? "–"}</span>
                </div>
            </TableCell>
            <TableCell className="hidden text-right tabular-nums lg:table-cell">{entry.failure_count}</TableCell>
            <TableCell className="hidden whitespace-nowrap tabular-nums sm:table-cell">
                <time dateTime={entry.dead_at} title={full(entry.dead_at)}>
                    {list(entry.dead_at)}
                </time>
            </TableCell>
            <TableCell>
                <EntryMenu entry={entry} />
            </TableCell>
        </>
    );
}
