import { Command } from "cmdk";
import {
    Activity,
    ContactRound,
    Inbox,
    Keyboard,
    type LucideIcon,
    MessageSquareText,
    MessagesSquare,
    Search,
    SquareKanban,
    TriangleAlert,
    UserRound,
} from "lucide-react";
import { Dialog as Radix } from "radix-ui";
import { type ReactNode, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { useLocation } from "wouter";
import { phoneText } from "@/contacts/phone";
import { useMay } from "@/session/useMay";
import { OVERLAY } from "@/ui/dialog";
import { keepFocus, useReturnFocus } from "@/ui/return-focus";
import { Spinner } from "@/ui/spinner";
import { Snippet } from "./Snippet";
import { usePaletteSearch } from "./usePaletteSearch";

type PaletteProps = { onDone: () => void; onHelp: () => void };

/** Everything from the keyboard: conversations, messages and contacts by search, pages, actions. */
export function CommandPalette({ onDone, onHelp }: PaletteProps) {
    return (
        <Radix.Root open onOpenChange={(open) => !open && onDone()}>
            <Radix.Portal>
                <Radix.Overlay className={OVERLAY} />
                <PaletteContent onDone={onDone} onHelp={onHelp} />
            </Radix.Portal>
        </Radix.Root>
    );
}

function PaletteContent({ onDone, onHelp }: PaletteProps) {
    const { t } = useTranslation("conversations");
    const focus = useReturnFocus();
    const [text, setText] = useState("");
    const search = usePaletteSearch(text);
    const [, navigate] = useLocation();
    const gone = useRef(false);
    const go = (path: string) => {
        gone.current = true;
        onDone();
        navigate(path);
    };
    return (
        <Radix.Content
            {...focus}
            onCloseAutoFocus={(event) => {
                if (!gone.current) return focus.onCloseAutoFocus(event);
                // The focus belongs to where one went.
                event.preventDefault();
                keepFocus();
            }}
            aria-describedby={undefined}
            className="fixed top-[12vh] left-1/2 z-50 w-[calc(100vw-2rem)] max-w-xl -translate-x-1/2 overflow-hidden rounded-xl border bg-popover text-popover-foreground shadow-raised data-[state=open]:animate-appear"
        >
            <Radix.Title className="sr-only">{t("palette.title")}</Radix.Title>
            <Command label={t("palette.title")} loop filter={containsAll}>
                <div className="flex items-center gap-2 border-b px-4">
                    {search.searching ? <Spinner /> : <Search aria-hidden className="size-4 text-muted-foreground" />}
                    <Command.Input
                        value={text}
                        onValueChange={setText}
                        placeholder={t("palette.placeholder")}
                        className="h-12 w-full bg-transparent text-sm outline-none placeholder:text-muted-foreground"
                    />
                </div>
                <Command.List className="max-h-[min(24rem,60vh)] overflow-y-auto p-1.5">
                    <Command.Empty className="py-8 text-center text-sm text-muted-foreground">
                        {search.error
                            ? t("palette.failed")
                            : search.searching
                              ? t("palette.searching")
                              : t("palette.empty")}
                    </Command.Empty>
                    <Found search={search} go={go} />
                    <Pages go={go} />
                    <Actions go={go} onHelp={onHelp} />
                </Command.List>
            </Command>
        </Radix.Content>
    );
}

// What the server found fits; pages and actions are found by their words.
function containsAll(value: string, search: string): number {
    if (value.startsWith("found ")) return 1;
    const plain = (text: string) => text.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase();
    return plain(search)
        .split(/\s+/)
        .every((word) => plain(value).includes(word))
        ? 1
        : 0;
}

type Go = { go: (path: string) => void };

function Found({ search, go }: Go & { search: ReturnType<typeof usePaletteSearch> }) {
    const { t } = useTranslation("conversations");
    if (!search.found) return null;
    const { conversations, contacts, messages } = search.found;
    return (
        <>
            <Group heading={t("palette.conversations")} shown={conversations.length > 0}>
                {conversations.map(({ id, contact_name, contact_phone }) => (
                    <Item
                        key={id}
                        value={`found conversation ${id}`}
                        icon={MessagesSquare}
                        onSelect={() => go(`/conversations/${id}?tab=all`)}
                    >
                        <span className="truncate">{contact_name}</span>
                        <span className="ml-auto text-xs text-muted-foreground">{phoneText(contact_phone)}</span>
                    </Item>
                ))}
            </Group>
            <Group heading={t("palette.messages")} shown={messages.length > 0}>
                {messages.map(({ message_id, conversation_id, contact_name, snippet }) => (
                    <Item
                        key={message_id}
                        value={`found message ${message_id}`}
                        icon={MessageSquareText}
                        onSelect={() => go(`/conversations/${conversation_id}?tab=all`)}
                    >
                        <span className="shrink-0 font-medium">{contact_name}</span>
                        <Snippet parts={snippet} />
                    </Item>
                ))}
            </Group>
            <Group heading={t("palette.contacts")} shown={contacts.length > 0}>
                {contacts.map(({ id, name, phone }) => (
                    <Item
                        key={id}
                        value={`found contact ${id}`}
                        icon={ContactRound}
                        onSelect={() => go(`/contacts?id=${id}`)}
                    >
                        <span className="truncate">{name}</span>
                        <span className="ml-auto text-xs text-muted-foreground">{phoneText(phone)}</span>
                    </Item>
                ))}
            </Group>
        </>
    );
}

function Pages({ go }: Go) {
    const { t } = useTranslation("conversations");
    const operates = useMay("view");
    const pages: [string, LucideIcon, string, boolean][] = [
        ["conversations", MessagesSquare, "/conversations", true],
        ["kanban", SquareKanban, "/kanban", true],
        ["contacts", ContactRound, "/contacts", true],
        ["queue", Activity, "/operations/queue", operates],
        ["deadLetters", TriangleAlert, "/operations/dead-letters", operates],
    ];
    return (
        <Group heading={t("palette.pages")} shown>
            {pages.map(
                ([key, icon, path, shown]) =>
                    shown && (
                        <Item key={key} value={t(`palette.page.${key}`)} icon={icon} onSelect={() => go(path)}>
                            {t(`palette.page.${key}`)}
                        </Item>
                    ),
            )}
        </Group>
    );
}

function Actions({ go, onHelp }: Go & { onHelp: () => void }) {
    const { t } = useTranslation("conversations");
    const actions: [string, LucideIcon, () => void][] = [
        ["mine", UserRound, () => go("/conversations")],
        ["unassigned", Inbox, () => go("/conversations?tab=unassigned")],
        ["urgent", TriangleAlert, () => go("/conversations?tab=all&priority=urgent")],
        ["help", Keyboard, onHelp],
    ];
    return (
        <Group heading={t("palette.actions")} shown>
            {actions.map(([key, icon, act]) => (
                <Item key={key} value={`${t(`palette.action.${key}`)} `} icon={icon} onSelect={act}>
                    {t(`palette.action.${key}`)}
                </Item>
            ))}
        </Group>
    );
}

function Group({ heading, shown, children }: { heading: string; shown: boolean; children: ReactNode }) {
    if (!shown) return null;
    return (
        <Command.Group
            heading={heading}
            className="[&_[cmdk-group-heading]]:px-2 [&_[cmdk-group-heading]]:py-1.5 [&_[cmdk-group-heading]]:text-xs [&_[cmdk-group-heading]]:font-medium [&_[cmdk-group-heading]]:text-muted-foreground"
        >
            {children}
        </Command.Group>
    );
}

type ItemProps = { value: string; icon: LucideIcon; onSelect: () => void; children: ReactNode };

function Item({ value, icon: Icon, onSelect, children }: ItemProps) {
    return (
        <Command.Item
            value={value}
            onSelect={onSelect}
            className="flex h-9 cursor-pointer items-center gap-2.5 rounded-md px-2 text-sm data-[selected=true]:bg-accent"
        >
            <Icon aria-hidden className="size-4 shrink-0 text-muted-foreground" />
            {children}
        </Command.Item>
    );
}
