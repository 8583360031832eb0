import { Monitor, Moon, Sun } from "lucide-react";
import { useTranslation } from "react-i18next";
import { Button } from "@/ui/button";
import {
    DropdownMenu,
    DropdownMenuContent,
    DropdownMenuLabel,
    DropdownMenuRadioGroup,
    DropdownMenuRadioItem,
    DropdownMenuTrigger,
} from "@/ui/dropdown-menu";
import { chooseTheme, type Theme, THEMES } from "../theme";
import { useTheme } from "../useTheme";

const ICONS = { system: Monitor, light: Sun, dark: Moon } as const;

/** The themes, inside a menu. */
export function ThemeChoices() {
    const { t } = useTranslation("app");
    const { chosen } = useTheme();
    return (
        <DropdownMenuRadioGroup value={chosen} onValueChange={(theme) => chooseTheme(theme as Theme)}>
            <DropdownMenuLabel>{t("theme.label")}</DropdownMenuLabel>
            {THEMES.map((theme) => (
                <DropdownMenuRadioItem key={theme} value={theme} onSelect={(event) => event.preventDefault()}>
                    {t(`theme.${theme}`)}
                </DropdownMenuRadioItem>
            ))}
        </DropdownMenuRadioGroup>
    );
}

/** A button with the themes. */
export function ThemeSwitch() {
    const { t } = useTranslation("app");
    const { chosen } = useTheme();
    const Icon = ICONS[chosen];
    return (
        <DropdownMenu>
            <DropdownMenuTrigger asChild>
                <Button variant="ghost" size="sm" className="text-muted-foreground">
                    <Icon aria-hidden />
                    {t("theme.label")}
                </Button>
            </DropdownMenuTrigger>
            <DropdownMenuContent>
                <ThemeChoices />
            </DropdownMenuContent>
        </DropdownMenu>
    );
}
