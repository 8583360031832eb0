import { useLocation, useParams } from "wouter";
import { lazily } from "@/ui/lazily";
import { useConversations } from "./data/useConversations";
import { useFocusKept } from "./desk/useFocusKept";
import { useScreen } from "./desk/useScreen";
import { useShortcuts } from "./keyboard/useShortcuts";
import { ConversationList, SEARCH_ID } from "./list/ConversationList";
import { type Filters, queryOf, writeFilters } from "./list/filters";
import { useFilters } from "./list/useFilters";
import { NothingOpen } from "./pane/NothingOpen";
import { PaneSkeleton } from "./pane/PaneSkeleton";

// The list is there, and can be chosen from, before what a conversation needs.
const ConversationPane = lazily(
    () => import("./pane/ConversationPane").then((file) => file.ConversationPane),
    <PaneSkeleton />,
);

/** The desk: the list and a conversation beside each other, on telephones one at a time. */
export default function ConversationsPage() {
    const { id } = useParams<{ id?: string }>();
    const screen = useScreen();
    const [filters, change] = useFilters();
    const search = writeFilters(filters);
    const mayFocus = useFocusKept(id);
    useListShortcuts(filters, id ?? null);
    const narrow = screen === "narrow";
    return (
        <div className="flex h-full min-h-0">
            {!(narrow && id) && (
                <div className="flex w-full min-w-0 shrink-0 flex-col border-r md:w-80 lg:w-85 2xl:w-103">
                    <ConversationList filters={filters} onFilters={change} activeId={id ?? null} />
                </div>
            )}
            {id ? (
                <ConversationPane
                    key={id}
                    conversationId={id}
                    screen={screen}
                    mayFocus={mayFocus}
                    backHref={search ? `/conversations?${search}` : "/conversations"}
                />
            ) : (
                !narrow && (
                    <div className="min-w-0 flex-1">
                        <NothingOpen />
                    </div>
                )
            )}
        </div>
    );
}

function useListShortcuts(filters: Filters, id: string | null): void {
    const { conversations } = useConversations(queryOf(filters));
    const [, navigate] = useLocation();
    const search = writeFilters(filters);
    const step = (by: 1 | -1) => {
        const at = conversations.findIndex((entry) => entry.id === id);
        const next = conversations[at < 0 ? 0 : at + by];
        if (next) navigate(search ? `/conversations/${next.id}?${search}` : `/conversations/${next.id}`);
    };
    useShortcuts({
        next: () => step(1),
        previous: () => step(-1),
        search: () => document.getElementById(SEARCH_ID)?.focus(),
    });
}
