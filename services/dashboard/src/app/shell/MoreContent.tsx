import { LogOut } from "lucide-react";
import { useTranslation } from "react-i18next";
import { Link } from "wouter";
import { signOut } from "@/session/signing-in";
import { useClinic, useUser } from "@/session/useSession";
import { Avatar } from "@/ui/avatar";
import { Button } from "@/ui/button";
import { SheetContent, SheetDescription, SheetTitle } from "@/ui/sheet";
import { AvailabilityChip, ConnectionChip } from "../live";
import { menuOf } from "../pages";
import { LanguageSwitch } from "./LanguageSwitch";
import { ThemeSwitch } from "./ThemeSwitch";

/** What has no room in the bar: whoever is signed in, administration, theme, language. */
export function MoreContent({ onFollow }: { onFollow: () => void }) {
    const { t } = useTranslation("app");
    const { name, role } = useUser();
    const clinic = useClinic();
    return (
        <SheetContent side="bottom">
            <div className="flex items-center gap-3 pr-8">
                <Avatar name={name} className="size-11" />
                <div className="min-w-0">
                    <SheetTitle className="truncate">{name}</SheetTitle>
                    <SheetDescription className="truncate">
                        {t(`roles.${role}`)} · {clinic.name}
                    </SheetDescription>
                </div>
            </div>
            <div className="grid gap-1 empty:hidden">
                <ConnectionChip wide />
                <AvailabilityChip wide />
            </div>
            <AdministrationLinks onFollow={onFollow} />
            <div className="flex flex-wrap items-center gap-1 border-t pt-3">
                <LanguageSwitch />
                <ThemeSwitch />
                <Button variant="ghost" size="sm" className="ml-auto" onClick={() => void signOut()}>
                    <LogOut aria-hidden />
                    {t("signOut")}
                </Button>
            </div>
        </SheetContent>
    );
}

function AdministrationLinks({ onFollow }: { onFollow: () => void }) {
    const { t } = useTranslation("app");
    const pages = menuOf("administration", useUser().role);
    if (pages.length === 0) return null;
    return (
        <nav aria-label={t("sections.administration")} className="border-t pt-2">
            <ul>
                {pages.map((page) => (
                    <li key={page.id}>
                        <Link
                            href={page.path}
                            onClick={onFollow}
                            className="flex h-11 items-center gap-3 rounded-md px-1 text-sm hover:bg-accent"
                        >
                            <page.icon aria-hidden className="size-5 text-muted-foreground" />
                            {t(`pages.${page.id}`)}
                        </Link>
                    </li>
                ))}
            </ul>
        </nav>
    );
}
