import { useTranslation } from "react-i18next";
import { Link } from "wouter";
import { cn } from "@/ui/cn";
import { Tooltip } from "@/ui/tooltip";
import { SECTION_ICONS, type Section } from "../pages";
import { useSectionLink } from "./useSectionLink";

/** A section in the rail: an icon, with its name beside it where there is room. */
export function RailEntry({ section, wide }: { section: Section; wide: boolean }) {
    const { t } = useTranslation("app");
    const { href, active } = useSectionLink(section);
    const Icon = SECTION_ICONS[section];
    const name = t(`sections.${section}`);
    const link = (
        <Link
            href={href}
            aria-label={wide ? undefined : name}
            aria-current={active ? "page" : undefined}
            className={cn(
                "relative flex h-10 items-center gap-2.5 rounded-lg text-sm font-medium text-muted-foreground transition-colors hover:bg-accent hover:text-foreground",
                wide ? "px-2.5" : "w-10 justify-center",
                active && "bg-primary-soft text-primary-text hover:bg-primary-soft hover:text-primary-text",
            )}
        >
            <Icon aria-hidden className="size-5 shrink-0" strokeWidth={1.9} />
            {wide && name}
        </Link>
    );
    return wide ? (
        link
    ) : (
        <Tooltip text={name} side="right">
            {link}
        </Tooltip>
    );
}
