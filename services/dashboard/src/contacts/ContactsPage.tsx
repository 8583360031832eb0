import { useInfiniteQuery } from "@tanstack/react-query";
import { ArrowLeft, ContactRound, SearchX } from "lucide-react";
import { useCallback } from "react";
import { useTranslation } from "react-i18next";
import { Link, useLocation, useSearch } from "wouter";
import { answer, api } from "@/api/client";
import { SearchField } from "@/conversations/list/SearchField";
import { VirtualList } from "@/conversations/list/VirtualList";
import { Avatar } from "@/ui/avatar";
import { Button } from "@/ui/button";
import { cn } from "@/ui/cn";
import { EmptyState } from "@/ui/empty-state";
import { ErrorState } from "@/ui/error-state";
import { Skeleton } from "@/ui/skeleton";
import { ContactCard } from "./ContactCard";
import { ContactConversations } from "./ContactConversations";
import { ContactName } from "./ContactName";

import { type Contact, contactKeys, useContact } from "./useContact";

const ROW_HEIGHT = 60;

/** Everybody who has written: found by name or phone, with their conversations, and corrected. */
export default function ContactsPage() {
    const asked = new URLSearchParams(useSearch());
    const [, navigate] = useLocation();
    const [q, chosen] = [asked.get("q") ?? "", asked.get("id")];
    const onSearch = useCallback(
        (text: string) => navigate(contactsPath({ q: text, id: chosen }), { replace: true }),
        [navigate, chosen],
    );
    return (
        <div className="flex h-full min-h-0">
            <section className={cn("flex w-full min-w-0 flex-col border-r bg-card md:w-85", chosen && "max-md:hidden")}>
                <ListHeader q={q} onSearch={onSearch} />
                <ContactList q={q} chosen={chosen} />
            </section>
            <section className={cn("min-w-0 flex-1 overflow-y-auto", !chosen && "max-md:hidden")}>
                {chosen ? <Detail key={chosen} contactId={chosen} q={q} /> : <NobodyChosen />}
            </section>
        </div>
    );
}

function contactsPath({ q, id }: { q: string; id: string | null }): string {
    const asked = new URLSearchParams();
    if (q) asked.set("q", q);
    if (id) asked.set("id", id);
    const search = asked.toString();
    return search ? `/contacts?${search}` : "/contacts";
}

function ListHeader({ q, onSearch }: { q: string; onSearch: (text: string) => void }) {
    const { t } = useTranslation("contacts");
    return (
        <header className="grid gap-2 border-b px-3 pt-3 pb-2">
            <h1 className="text-[0.9375rem] font-semibold">{t("title")}</h1>
            <SearchField value={q} onSearch={onSearch} label={t("search")} />
        </header>
    );
}

function useContacts(q: string) {
    const query = q.trim();
    return useInfiniteQuery({
        queryKey: contactKeys.list(query),
        queryFn: ({ pageParam }) =>
            answer(
                api.GET("/api/contacts", {
                    params: { query: { q: query || undefined, cursor: pageParam, limit: 100 } },
                }),
            ),
        initialPageParam: undefined as string | undefined,
        getNextPageParam: (page) => page.next_cursor ?? undefined,
    });
}

function ContactList({ q, chosen }: { q: string; chosen: string | null }) {
    const { t } = useTranslation("contacts");
    const query = useContacts(q);
    const { data, error, isPending, hasNextPage, refetch } = query;
    const contacts = data?.pages.flatMap((page) => page.contacts) ?? [];
    if (isPending) return <Rows />;
    if (error && contacts.length === 0) return <ErrorState error={error} onRetry={() => void refetch()} />;
    if (contacts.length === 0) return <NoContacts found={q.trim() === ""} />;
    return (
        <VirtualList
            label={t("list")}
            items={contacts}
            keyOf={idOf}
            rowHeight={ROW_HEIGHT}
            total={hasNextPage ? -1 : contacts.length}
            activeKey={chosen}
            pages={query}
            focusSelector="a"
            renderRow={(contact, focusable) => (
                <Row contact={contact} active={contact.id === chosen} focusable={focusable} q={q} />
            )}
        />
    );
}

const idOf = (contact: Contact) => contact.id;

function Row({ contact, active, focusable, q }: { contact: Contact; active: boolean; focusable: boolean; q: string }) {
    return (
        <Link
            href={contactsPath({ q, id: contact.id })}
            tabIndex={focusable ? 0 : -1}
            aria-current={active ? "true" : undefined}
            className={cn(
                "flex h-full items-center gap-3 border-b border-border/60 px-3 focus-visible:-outline-offset-2",
                active ? "bg-primary-soft" : "hover:bg-muted",
            )}
        >
            <ContactName contact={contact} avatar="size-9" />
        </Link>
    );
}

function Detail({ contactId, q }: { contactId: string; q: string }) {
    const { t } = useTranslation("contacts");
    const { data } = useContact(contactId);
    return (
        <div className="mx-auto grid max-w-2xl gap-4 p-4 sm:p-6">
            <header className="flex items-center gap-3">
                <Button asChild variant="ghost" size="icon" className="md:hidden" aria-label={t("back")}>
                    <Link href={contactsPath({ q, id: null })}>
                        <ArrowLeft aria-hidden />
                    </Link>
                </Button>
                <Avatar name={data?.contact.name ?? ""} className="size-12 text-lg" />
                <div className="min-w-0">
                    <h2 className="truncate text-lg font-semibold">{data?.contact.name ?? "…"}</h2>
                    <p className="text-sm text-muted-foreground">
                        {data && t("conversationCount", { count: data.conversation_count })}
                    </p>
                </div>
            </header>
            <div className="rounded-xl border bg-card p-4 shadow-small">
                <ContactCard contactId={contactId} />
            </div>
            <ContactConversations contactId={contactId} />
        </div>
    );
}

function NobodyChosen() {
    const { t } = useTranslation("contacts");
    return <EmptyState className="h-full" icon={ContactRound} title={t("choose")} text={t("chooseText")} />;
}

function NoContacts({ found }: { found: boolean }) {
    const { t } = useTranslation("contacts");
    if (found) return <EmptyState icon={ContactRound} title={t("empty")} text={t("emptyText")} />;
    return <EmptyState icon={SearchX} title={t("results")} text={t("resultsText")} />;
}

function Rows() {
    const ui = useTranslation("ui");
    return (
        <div role="status" className="grid gap-3 p-3">
            <span className="sr-only">{ui.t("loading")}</span>
            {[1, 2, 3, 4, 5, 6].map((row) => (
                <Skeleton key={row} className="h-11" />
            ))}
        </div>
    );
}
