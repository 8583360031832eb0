import { Copy, Ellipsis, Pencil, Reply, SmilePlus, Trash2 } from "lucide-react";
import { useTranslation } from "react-i18next";
import { Button } from "@/ui/button";
import { cn } from "@/ui/cn";
import {
    DropdownMenu,
    DropdownMenuContent,
    DropdownMenuItem,
    DropdownMenuSeparator,
    DropdownMenuTrigger,
} from "@/ui/dropdown-menu";
import { Popover, PopoverClose, PopoverContent, PopoverTrigger } from "@/ui/popover";
import { toast } from "@/ui/toast";
import type { TimelineMessage } from "../entities";
import type { Permissions } from "./permissions";

export const QUICK_EMOJI = ["👍", "❤️", "😂", "😮", "😢", "🙏"] as const;

export type MessageHandlers = {
    onReply: (message: TimelineMessage) => void;
    onReact: (message: TimelineMessage, emoji: string) => void;
    onEdit: (message: TimelineMessage) => void;
    onRemove: (message: TimelineMessage) => void;
    onRetry: (message: TimelineMessage) => void;
    onDiscard: (message: TimelineMessage) => void;
};

type MessageMenuProps = MessageHandlers & { message: TimelineMessage; allowed: Permissions; focusable: boolean };

/** What can be done with a message; it appears beside it on hover and on focus. */
export function MessageMenu(props: MessageMenuProps) {
    const { message, allowed, focusable, onReply } = props;
    const { t } = useTranslation("conversations");
    const copyable = message.content !== "" && message.deleted_at === null;
    if (!allowed.reply && !copyable) return null;
    const tabIndex = focusable ? 0 : -1;
    return (
        <div
            className={cn(
                "flex shrink-0 items-center self-center opacity-0 transition-opacity group-hover/message:opacity-100 focus-within:opacity-100 has-data-[state=open]:opacity-100",
                "pointer-coarse:opacity-100",
            )}
        >
            {allowed.react && <ReactButton {...props} tabIndex={tabIndex} />}
            {allowed.reply && (
                <Button
                    variant="ghost"
                    size="icon-sm"
                    tabIndex={tabIndex}
                    className="size-7 pointer-coarse:hidden"
                    aria-label={t("message.reply")}
                    title={t("message.reply")}
                    onClick={() => onReply(message)}
                >
                    <Reply aria-hidden />
                </Button>
            )}
            <MoreMenu {...props} copyable={copyable} tabIndex={tabIndex} />
        </div>
    );
}

function ReactButton({ message, onReact, tabIndex }: MessageMenuProps & { tabIndex: number }) {
    const { t } = useTranslation("conversations");
    const ours = message.reactions.find(({ by }) => by === "professional")?.emoji;
    return (
        <Popover>
            <PopoverTrigger asChild>
                <Button
                    variant="ghost"
                    size="icon-sm"
                    tabIndex={tabIndex}
                    className="size-7 pointer-coarse:hidden"
                    aria-label={t("message.react")}
                    title={t("message.react")}
                >
                    <SmilePlus aria-hidden />
                </Button>
            </PopoverTrigger>
            <PopoverContent side="top" className="flex w-auto gap-0.5 p-1" aria-label={t("message.react")}>
                {QUICK_EMOJI.map((emoji) => (
                    <PopoverClose key={emoji} asChild>
                        <button
                            type="button"
                            aria-label={emoji === ours ? t("message.unreact") : t("message.reactWith", { emoji })}
                            aria-pressed={emoji === ours}
                            onClick={() => onReact(message, emoji === ours ? "" : emoji)}
                            className="grid size-9 place-items-center rounded-md text-xl hover:bg-accent aria-pressed:bg-primary-soft"
                        >
                            {emoji}
                        </button>
                    </PopoverClose>
                ))}
            </PopoverContent>
        </Popover>
    );
}

type MoreMenuProps = MessageMenuProps & { copyable: boolean; tabIndex: number };

function MoreMenu({ message, allowed, copyable, tabIndex, onReply, onReact, onEdit, onRemove }: MoreMenuProps) {
    const { t } = useTranslation("conversations");
    const copy = async () => {
        await navigator.clipboard.writeText(message.content);
        toast(t("header.copied"));
    };
    return (
        <DropdownMenu>
            <DropdownMenuTrigger asChild>
                <Button
                    variant="ghost"
                    size="icon-sm"
                    tabIndex={tabIndex}
                    className="size-7"
                    data-message-menu
                    aria-label={t("message.more")}
                >
                    <Ellipsis aria-hidden />
                </Button>
            </DropdownMenuTrigger>
            <DropdownMenuContent align="end">
                {allowed.reply && (
                    <DropdownMenuItem onSelect={() => onReply(message)}>
                        <Reply aria-hidden /> {t("message.reply")}
                    </DropdownMenuItem>
                )}
                {allowed.react && (
                    <DropdownMenuItem onSelect={() => onReact(message, QUICK_EMOJI[0])}>
                        <SmilePlus aria-hidden /> {t("message.reactWith", { emoji: QUICK_EMOJI[0] })}
                    </DropdownMenuItem>
                )}
                {copyable && (
                    <DropdownMenuItem onSelect={() => void copy()}>
                        <Copy aria-hidden /> {t("message.copy")}
                    </DropdownMenuItem>
                )}
                {allowed.edit && (
                    <DropdownMenuItem onSelect={() => onEdit(message)}>
                        <Pencil aria-hidden /> {t("message.edit")}
                    </DropdownMenuItem>
                )}
                {allowed.remove && (
                    <>
                        <DropdownMenuSeparator />
                        <DropdownMenuItem destructive onSelect={() => onRemove(message)}>
                            <Trash2 aria-hidden /> {t("message.remove")}
                        </DropdownMenuItem>
                    </>
                )}
            </DropdownMenuContent>
        </DropdownMenu>
    );
}
