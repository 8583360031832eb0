import { useTranslation } from "react-i18next";
import { Link, useRoute } from "wouter";
import { useUser } from "@/session/useSession";
import { cn } from "@/ui/cn";
import { SECTION_ICONS, type Section, sectionsFor } from "../pages";
import { MoreSheet } from "./MoreSheet";
import { useSectionLink } from "./useSectionLink";

export const BAR_ENTRY =
    "flex h-14 w-full flex-col items-center justify-center gap-0.5 px-1 text-[0.6875rem] font-medium text-muted-foreground focus-visible:-outline-offset-2";

/** The sections below the page, on screens under 768 px. A conversation has the whole screen. */
export function BottomBar() {
    const { t } = useTranslation("app");
    const { role } = useUser();
    const [inConversation] = useRoute("/conversations/:id");
    if (inConversation) return null;
    const sections = sectionsFor(role).filter((section) => section !== "administration");
    return (
        <nav
            aria-label={t("navigation")}
            className="shrink-0 border-t bg-card pb-[env(safe-area-inset-bottom)] md:hidden"
        >
            <ul className="grid auto-cols-fr grid-flow-col">
                {sections.map((section) => (
                    <li key={section}>
                        <BarEntry section={section} />
                    </li>
                ))}
                <li>
                    <MoreSheet />
                </li>
            </ul>
        </nav>
    );
}

function BarEntry({ section }: { section: Section }) {
    const { t } = useTranslation("app");
    const { href, active } = useSectionLink(section);
    const Icon = SECTION_ICONS[section];
    return (
        <Link
            href={href}
            aria-current={active ? "page" : undefined}
            className={cn(BAR_ENTRY, active && "text-primary-text")}
        >
            <Icon aria-hidden className="size-5" strokeWidth={1.9} />
            <span className="max-w-full truncate">{t(`sections.${section}`)}</span>
        </Link>
    );
}
