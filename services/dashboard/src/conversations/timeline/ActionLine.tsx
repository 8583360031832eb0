import {
    ArrowRightLeft,
    Archive,
    ArchiveRestore,
    Bot,
    CalendarDays,
    CircleDot,
    Flag,
    Phone,
    Tag,
    UsersRound,
} from "lucide-react";
import { useTranslation } from "react-i18next";
import { useTimes } from "@/i18n/useTimes";
import type { Action } from "../entities";
import { happeningOf } from "./happenings";

const ICONS = {
    calendar: CalendarDays,
    transfer: ArrowRightLeft,
    archive: Archive,
    reopen: ArchiveRestore,
    priority: Flag,
    label: Tag,
    call: Phone,
    bot: Bot,
    group: UsersRound,
    other: CircleDot,
} as const;

/** What happened around the conversation, in one centred line; a note for colleagues below it. */
export function ActionLine({ action }: { action: Action }) {
    const times = useTimes();
    const text = useHappening(action);
    const { icon, note } = happeningOf(action);
    const Icon = ICONS[icon];
    return (
        <div className="grid justify-items-center gap-1 px-4 py-1.5 text-center">
            <p className="inline-flex max-w-full items-center gap-1.5 text-xs text-muted-foreground">
                <Icon aria-hidden className="size-3.5 shrink-0" />
                <span className="min-w-0">{text}</span>
                <time
                    dateTime={action.created_at}
                    title={times.full(action.created_at)}
                    className="shrink-0 tabular-nums"
                >
                    {times.clock(action.created_at)}
                </time>
            </p>
            {note && (
                <p className="max-w-md rounded-md border border-dashed border-note-border bg-note px-2.5 py-1 text-left text-[0.8125rem] whitespace-pre-wrap text-note-foreground">
                    {note}
                </p>
            )}
        </div>
    );
}

/** An action in words. */
export function useHappening(action: Action): string {
    const { t } = useTranslation("conversations");
    const times = useTimes();
    const { key, values } = happeningOf(action);
    const said = t(`happened.${key}`, { ...values, by: values.by || t("happened.somebody") });
    const at = values.at && !Number.isNaN(Date.parse(values.at)) ? appointmentTime(values.at, times.full) : values.at;
    return [said, values.details, at].filter(Boolean).join(" · ");
}

// A time without an offset is the clinic's wall clock already, and is shown as it stands.
function appointmentTime(at: string, full: (iso: string) => string): string {
    if (/(Z|[+-]\d{2}:?\d{2})$/.test(at)) return full(at);
    const [, year, month, day, time] = /^(\d{4})-(\d{2})-(\d{2})(?:T(\d{2}:\d{2}))?/.exec(at) ?? [];
    return day ? [`${day}/${month}/${year}`, time].filter(Boolean).join(" ") : at;
}
