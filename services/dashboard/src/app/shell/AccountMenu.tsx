import { LogOut } from "lucide-react";
import { useTranslation } from "react-i18next";
import { signOut } from "@/session/signing-in";
import { useClinic, useUser } from "@/session/useSession";
import { Avatar } from "@/ui/avatar";
import { Button } from "@/ui/button";
import { cn } from "@/ui/cn";
import {
    DropdownMenu,
    DropdownMenuContent,
    DropdownMenuItem,
    DropdownMenuSeparator,
    DropdownMenuTrigger,
} from "@/ui/dropdown-menu";
import { LanguageChoices } from "./LanguageSwitch";
import { ThemeChoices } from "./ThemeSwitch";

/** Whoever is signed in: theme, language, and signing out. */
export function AccountMenu({ wide }: { wide: boolean }) {
    const { t } = useTranslation("app");
    const { name, role } = useUser();
    return (
        <DropdownMenu>
            <DropdownMenuTrigger asChild>
                <Button
                    variant="ghost"
                    className={cn(wide ? "h-12 w-full justify-start gap-2.5 px-1.5" : "size-10 p-0")}
                >
                    <Avatar name={name} className="size-8" />
                    {!wide && <span className="sr-only">{t("account", { name })}</span>}
                    {wide && (
                        <span className="grid min-w-0 text-left leading-tight">
                            <span className="truncate">{name}</span>
                            <span className="text-xs font-normal text-muted-foreground">{t(`roles.${role}`)}</span>
                        </span>
                    )}
                </Button>
            </DropdownMenuTrigger>
            <DropdownMenuContent side="right" align="end" className="w-64">
                <WhoIsIt />
                <DropdownMenuSeparator />
                <ThemeChoices />
                <DropdownMenuSeparator />
                <LanguageChoices />
                <DropdownMenuSeparator />
                <DropdownMenuItem onSelect={() => void signOut()}>
                    <LogOut aria-hidden />
                    {t("signOut")}
                </DropdownMenuItem>
            </DropdownMenuContent>
        </DropdownMenu>
    );
}

function WhoIsIt() {
    const { t } = useTranslation("app");
    const { name, email, role } = useUser();
    const clinic = useClinic();
    return (
        <div className="grid gap-0.5 px-2 py-1.5 text-xs text-muted-foreground">
            <span className="truncate text-sm font-medium text-foreground">{name}</span>
            <span className="truncate">{email}</span>
            <span className="truncate">
                {t(`roles.${role}`)} · {clinic.name}
            </span>
        </div>
    );
}
