import {
    Activity,
    Building2,
    CalendarClock,
    ContactRound,
    FileClock,
    KeyRound,
    type LucideIcon,
    MessageSquareText,
    MessagesSquare,
    Plug,
    SquareKanban,
    Tags,
    TriangleAlert,
    UsersRound,
    Webhook,
} from "lucide-react";
import { may, type Right } from "@/session/rights";
import type { Role } from "@/session/signed-in";

export type Section = "conversations" | "kanban" | "contacts" | "operations" | "administration";

/** A page: `file` is its component under `src/`; its title is the text `pages.<id>`. */
export interface Page {
    id: string;
    path: string;
    file: string;
    section: Section;
    icon: LucideIcon;
    right?: Right;
    /** Reached from another page, not from a menu. */
    inner?: boolean;
}

export const PAGES: readonly Page[] = [
    page("conversations", "/conversations", "conversations/ConversationsPage", MessagesSquare),
    { ...page("conversations", "/conversations/:id", "conversations/ConversationsPage", MessagesSquare), inner: true },
    page("kanban", "/kanban", "conversations/KanbanPage", SquareKanban),
    page("contacts", "/contacts", "contacts/ContactsPage", ContactRound),
    operations("queue", "QueuePage", Activity),
    operations("dead-letters", "DeadLettersPage", TriangleAlert),
    { ...operations("dead-letters/:id", "DeadLetterPage", TriangleAlert), id: "dead-letter", inner: true },
    { ...operations("sources", "SourcesPage", Plug), id: "sources-state" },
    operations("audit", "AuditPage", FileClock),
    administration("users", "UsersPage", UsersRound, "administer"),
    administration("sources", "SourcesPage", Plug, "administer"),
    administration("canned-replies", "CannedRepliesPage", MessageSquareText, "arrange"),
    administration("labels", "LabelsPage", Tags, "arrange"),
    administration("destinations", "DestinationsPage", Webhook, "webhooks"),
    administration("service-tokens", "ServiceTokensPage", KeyRound, "administer"),
    administration("retention", "RetentionPage", CalendarClock, "administer"),
];

export const SECTION_ICONS: Readonly<Record<Section, LucideIcon>> = {
    conversations: MessagesSquare,
    kanban: SquareKanban,
    contacts: ContactRound,
    operations: Activity,
    administration: Building2,
};

/** The pages of a section that a role finds in menus. */
export function menuOf(section: Section, role: Role): Page[] {
    return PAGES.filter((each) => each.section === section && !each.inner && isOpenTo(each, role));
}

/** The sections of which a role finds any page, in the rail's order. */
export function sectionsFor(role: Role): Section[] {
    return (Object.keys(SECTION_ICONS) as Section[]).filter((section) => menuOf(section, role).length > 0);
}

/** The page at an address, whatever thing of it is asked for. */
export function pageAt(pathname: string): Page | undefined {
    const places = PAGES.map((each) => ({ each, place: each.path.split("/:")[0] ?? each.path }));
    return places.find(({ place }) => pathname === place || pathname.startsWith(`${place}/`))?.each;
}

/** Whether a role may open a page. */
export function isOpenTo({ right }: Page, role: Role): boolean {
    return right === undefined || may(role, right);
}

function page(section: Section, path: string, file: string, icon: LucideIcon): Page {
    return { id: section, path, file, section, icon };
}

function operations(name: string, file: string, icon: LucideIcon): Page {
    const place = { path: `/operations/${name}`, file: `operations/${file}` };
    return { id: name, ...place, section: "operations", icon, right: "view" };
}

function administration(name: string, file: string, icon: LucideIcon, right: Right): Page {
    const place = { path: `/administration/${name}`, file: `administration/${file}` };
    return { id: name, ...place, section: "administration", icon, right };
}
