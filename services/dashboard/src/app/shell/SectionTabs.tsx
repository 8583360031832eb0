import { useEffect, useRef } from "react";
import { useTranslation } from "react-i18next";
import { Link, useLocation } from "wouter";
import { useUser } from "@/session/useSession";
import { cn } from "@/ui/cn";
import { menuOf, type Page, type Section } from "../pages";

/** The pages of a section that has several. */
export function SectionTabs({ section }: { section: Section }) {
    const { t } = useTranslation("app");
    const [pathname] = useLocation();
    const pages = menuOf(section, useUser().role);
    if (section !== "operations" && section !== "administration") return null;
    return (
        <nav aria-label={t(`sections.${section}`)} className="shrink-0 overflow-x-auto border-b bg-card px-2 sm:px-4">
            <ul className="flex gap-1">
                {pages.map((page) => (
                    <li key={page.id}>
                        <Tab page={page} active={pathname === page.path || pathname.startsWith(`${page.path}/`)} />
                    </li>
                ))}
            </ul>
        </nav>
    );
}

function Tab({ page, active }: { page: Page; active: boolean }) {
    const { t } = useTranslation("app");
    const tab = useRef<HTMLAnchorElement>(null);
    // On a telephone not all of them have room: the one that is open does.
    useEffect(() => {
        if (active) tab.current?.scrollIntoView({ inline: "center", block: "nearest" });
    }, [active]);
    return (
        <Link
            ref={tab}
            href={page.path}
            aria-current={active ? "page" : undefined}
            className={cn(
                "-mb-px flex h-11 items-center gap-1.5 border-b-2 border-transparent px-2.5 text-[0.8125rem] font-medium whitespace-nowrap text-muted-foreground hover:text-foreground focus-visible:-outline-offset-2",
                active && "border-primary text-foreground",
            )}
        >
            <page.icon aria-hidden className="size-4" />
            {t(`pages.${page.id}`)}
        </Link>
    );
}
