import {
    Archive,
    ArchiveRestore,
    ArrowLeft,
    ArrowRightLeft,
    CheckCheck,
    Copy,
    Ellipsis,
    PanelRight,
    UserMinus,
    UserPlus,
} from "lucide-react";
import { useTranslation } from "react-i18next";
import { Link } from "wouter";
import { phoneText } from "@/contacts/phone";
import { Avatar } from "@/ui/avatar";
import { Button } from "@/ui/button";
import {
    DropdownMenu,
    DropdownMenuContent,
    DropdownMenuItem,
    DropdownMenuLabel,
    DropdownMenuRadioGroup,
    DropdownMenuRadioItem,
    DropdownMenuSeparator,
    DropdownMenuTrigger,
} from "@/ui/dropdown-menu";
import { toast } from "@/ui/toast";
import type { Screen } from "../desk/useScreen";
import { type Conversation, PRIORITIES, type Priority } from "../entities";
import { PriorityMark } from "../list/PriorityMark";
import { StatusChip } from "./StatusChip";
import { Viewers } from "./Viewers";

export type HeaderProps = {
    conversation: Conversation;
    screen: Screen;
    backHref: string;
    viewers: readonly string[];
    mine: boolean;
    mayHandOver: boolean;
    contextOpen: boolean;
    onTransfer: () => void;
    onArchive: () => void;
    onPriority: (priority: Priority) => void;
    onAssign: (to: "me" | null) => void;
    onRead: () => void;
    onContext: () => void;
};

/** With whom this is, who else looks, and what can be done with the conversation as a whole. */
export function PaneHeader(props: HeaderProps) {
    const { conversation, screen, backHref, viewers } = props;
    const { t } = useTranslation("conversations");
    const narrow = screen === "narrow";
    return (
        <header className="@container flex h-14 shrink-0 items-center gap-2 border-b bg-card px-3">
            {narrow && (
                <Button asChild variant="ghost" size="icon" aria-label={t("header.back")}>
                    <Link href={backHref}>
                        <ArrowLeft aria-hidden />
                    </Link>
                </Button>
            )}
            <Avatar name={conversation.contact_name} className="size-9" />
            <div className="min-w-0 flex-1">
                <div className="flex min-w-0 items-center gap-2">
                    <h2 className="truncate text-[0.9375rem] font-semibold">{conversation.contact_name}</h2>
                    {conversation.priority !== "normal" && <PriorityMark priority={conversation.priority} />}
                    {!narrow && (
                        <span className="@max-2xl:hidden">
                            <StatusChip status={conversation.status} />
                        </span>
                    )}
                </div>
                <p className="truncate text-xs text-muted-foreground tabular-nums">
                    {phoneText(conversation.contact_phone)}
                </p>
            </div>
            <Viewers names={viewers} />
            <HeaderActions {...props} narrow={narrow} />
        </header>
    );
}

function HeaderActions(props: HeaderProps & { narrow: boolean }) {
    const { t } = useTranslation("conversations");
    const { conversation, narrow, mayHandOver, contextOpen, onTransfer, onArchive, onContext } = props;
    const open = conversation.status === "active";
    const Icon = open ? Archive : ArchiveRestore;
    const context = t(contextOpen ? "header.hideContext" : "header.context");
    return (
        <div className="flex items-center gap-1">
            {!narrow && mayHandOver && (
                <Button variant="outline" size="sm" onClick={onTransfer}>
                    <ArrowRightLeft aria-hidden />
                    <span className="@max-3xl:sr-only">{t("header.transfer")}</span>
                </Button>
            )}
            {!narrow && (
                <Button variant="outline" size="sm" onClick={onArchive}>
                    <Icon aria-hidden />
                    <span className="@max-3xl:sr-only">{t(open ? "header.archive" : "header.reopen")}</span>
                </Button>
            )}
            <HeaderMenu {...props} />
            <Button
                variant="ghost"
                size="icon-sm"
                aria-label={context}
                title={context}
                aria-expanded={contextOpen}
                onClick={onContext}
            >
                <PanelRight aria-hidden />
            </Button>
        </div>
    );
}

function HeaderMenu(props: HeaderProps & { narrow: boolean }) {
    const { t } = useTranslation("conversations");
    const { conversation, narrow, mine, mayHandOver, onTransfer, onArchive, onPriority, onAssign, onRead } = props;
    const open = conversation.status === "active";
    const copy = async () => {
        await navigator.clipboard.writeText(phoneText(conversation.contact_phone));
        toast(t("header.copied"));
    };
    return (
        <DropdownMenu>
            <DropdownMenuTrigger asChild>
                <Button variant="ghost" size="icon-sm" aria-label={t("header.more")} title={t("header.more")}>
                    <Ellipsis aria-hidden />
                </Button>
            </DropdownMenuTrigger>
            <DropdownMenuContent align="end">
                {mayHandOver && !mine && (
                    <DropdownMenuItem onSelect={() => onAssign("me")}>
                        <UserPlus aria-hidden /> {t("header.takeOver")}
                    </DropdownMenuItem>
                )}
                {mayHandOver && conversation.assigned_to !== null && (
                    <DropdownMenuItem onSelect={() => onAssign(null)}>
                        <UserMinus aria-hidden /> {t("header.release")}
                    </DropdownMenuItem>
                )}
                {narrow && mayHandOver && (
                    <DropdownMenuItem onSelect={onTransfer}>
                        <ArrowRightLeft aria-hidden /> {t("header.transfer")}
                    </DropdownMenuItem>
                )}
                {narrow && (
                    <DropdownMenuItem onSelect={onArchive}>
                        <Archive aria-hidden /> {t(open ? "header.archive" : "header.reopen")}
                    </DropdownMenuItem>
                )}
                {conversation.unread_count > 0 && (
                    <DropdownMenuItem onSelect={onRead}>
                        <CheckCheck aria-hidden /> {t("header.markRead")}
                    </DropdownMenuItem>
                )}
                {conversation.contact_phone && (
                    <DropdownMenuItem onSelect={() => void copy()}>
                        <Copy aria-hidden /> {t("header.copyPhone")}
                    </DropdownMenuItem>
                )}
                <DropdownMenuSeparator />
                <DropdownMenuLabel>{t("priority.label")}</DropdownMenuLabel>
                <DropdownMenuRadioGroup
                    value={conversation.priority}
                    onValueChange={(priority) => onPriority(priority as Priority)}
                >
                    {PRIORITIES.map((priority) => (
                        <DropdownMenuRadioItem key={priority} value={priority}>
                            <span aria-hidden className="inline-flex">
                                <PriorityMark priority={priority} />
                            </span>
                            {t(`priority.${priority}`)}
                        </DropdownMenuRadioItem>
                    ))}
                </DropdownMenuRadioGroup>
            </DropdownMenuContent>
        </DropdownMenu>
    );
}
