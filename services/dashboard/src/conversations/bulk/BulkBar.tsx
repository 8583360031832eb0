import { Archive, Flag, UserRound, X } from "lucide-react";
import { useTranslation } from "react-i18next";
import { useUser } from "@/session/useSession";
import { Button } from "@/ui/button";
import { Checkbox } from "@/ui/checkbox";
import {
    DropdownMenu,
    DropdownMenuContent,
    DropdownMenuItem,
    DropdownMenuSeparator,
    DropdownMenuTrigger,
} from "@/ui/dropdown-menu";
import { useColleagues } from "../desk/useColleagues";
import { PRIORITIES, type Status } from "../entities";
import { PriorityMark } from "../list/PriorityMark";
import { MOST_SELECTED } from "./selection";
import type { BulkChange } from "./useBulkChange";

type BulkBarProps = {
    count: number;
    all: boolean;
    status: Status;
    working: boolean;
    onAll: () => void;
    onCancel: () => void;
    onChange: (changes: BulkChange) => void;
};

/** What can be done with all selected conversations at once. It takes the filters' place while anything is selected. */
export function BulkBar({ count, all, status, working, onAll, onCancel, onChange }: BulkBarProps) {
    const { t } = useTranslation("conversations");
    const archive = status === "active";
    return (
        <div
            role="toolbar"
            aria-label={t("bulk.label")}
            className="flex h-11 items-center gap-1 border-b bg-accent px-3"
        >
            <Checkbox checked={all ? true : "indeterminate"} onClick={onAll} aria-label={t("list.selectAll")} />
            <span
                role="status"
                className="mr-auto ml-1.5 truncate text-[0.8125rem] font-medium tabular-nums"
                title={t("bulk.limit", { count: MOST_SELECTED })}
            >
                {working ? t("bulk.working") : t("bulk.selected", { count })}
            </span>
            <Button
                variant="ghost"
                size="icon-sm"
                pending={working}
                aria-label={t(archive ? "bulk.archive" : "bulk.reopen")}
                title={t(archive ? "bulk.archive" : "bulk.reopen")}
                onClick={() => onChange({ status: archive ? "archived" : "active" })}
            >
                {!working && <Archive aria-hidden />}
            </Button>
            <AssignMenu onChange={onChange} />
            <PriorityMenu onChange={onChange} />
            <Button
                variant="ghost"
                size="icon-sm"
                aria-label={t("bulk.cancel")}
                title={t("bulk.cancel")}
                onClick={onCancel}
            >
                <X aria-hidden />
            </Button>
        </div>
    );
}

function AssignMenu({ onChange }: Pick<BulkBarProps, "onChange">) {
    const { t } = useTranslation("conversations");
    const { id } = useUser();
    const { colleagues } = useColleagues();
    return (
        <DropdownMenu>
            <DropdownMenuTrigger asChild>
                <Button variant="ghost" size="icon-sm" aria-label={t("bulk.assign")} title={t("bulk.assign")}>
                    <UserRound aria-hidden />
                </Button>
            </DropdownMenuTrigger>
            <DropdownMenuContent align="end">
                <DropdownMenuItem onSelect={() => onChange({ assigned_to: id })}>{t("bulk.toMe")}</DropdownMenuItem>
                <DropdownMenuItem onSelect={() => onChange({ assigned_to: null })}>
                    {t("bulk.toNobody")}
                </DropdownMenuItem>
                <DropdownMenuSeparator />
                {colleagues
                    .filter((colleague) => colleague.active && colleague.id !== id)
                    .map((colleague) => (
                        <DropdownMenuItem key={colleague.id} onSelect={() => onChange({ assigned_to: colleague.id })}>
                            {colleague.name}
                        </DropdownMenuItem>
                    ))}
            </DropdownMenuContent>
        </DropdownMenu>
    );
}

function PriorityMenu({ onChange }: Pick<BulkBarProps, "onChange">) {
    const { t } = useTranslation("conversations");
    return (
        <DropdownMenu>
            <DropdownMenuTrigger asChild>
                <Button variant="ghost" size="icon-sm" aria-label={t("bulk.priority")} title={t("bulk.priority")}>
                    <Flag aria-hidden />
                </Button>
            </DropdownMenuTrigger>
            <DropdownMenuContent align="end">
                {PRIORITIES.map((priority) => (
                    <DropdownMenuItem key={priority} onSelect={() => onChange({ priority })}>
                        <span aria-hidden className="inline-flex">
                            <PriorityMark priority={priority} />
                        </span>
                        {t(`priority.${priority}`)}
                    </DropdownMenuItem>
                ))}
            </DropdownMenuContent>
        </DropdownMenu>
    );
}
