import { Languages } from "lucide-react";
import { useTranslation } from "react-i18next";
import { chooseLanguage } from "@/i18n";
import { LANGUAGES, languageOf } from "@/i18n/languages";
import { useLanguage } from "@/i18n/useTimes";
import { Button } from "@/ui/button";
import {
    DropdownMenu,
    DropdownMenuContent,
    DropdownMenuLabel,
    DropdownMenuRadioGroup,
    DropdownMenuRadioItem,
    DropdownMenuTrigger,
} from "@/ui/dropdown-menu";
import { toast } from "@/ui/toast";

/** The languages, inside a menu; each is called as it calls itself. */
export function LanguageChoices() {
    const { t } = useTranslation("app");
    return (
        <DropdownMenuRadioGroup
            value={useLanguage()}
            onValueChange={(name) =>
                void chooseLanguage(languageOf(name)).catch(() => toast.error(t("language.failed")))
            }
        >
            <DropdownMenuLabel>{t("language.label")}</DropdownMenuLabel>
            {LANGUAGES.map((language) => (
                <DropdownMenuRadioItem
                    key={language}
                    value={language}
                    lang={language}
                    onSelect={(event) => event.preventDefault()}
                >
                    {t(`language.${language}`)}
                </DropdownMenuRadioItem>
            ))}
        </DropdownMenuRadioGroup>
    );
}

/** A button with the languages. */
export function LanguageSwitch() {
    const { t } = useTranslation("app");
    return (
        <DropdownMenu>
            <DropdownMenuTrigger asChild>
                <Button variant="ghost" size="sm" className="text-muted-foreground">
                    <Languages aria-hidden />
                    {t("language.label")}
                </Button>
            </DropdownMenuTrigger>
            <DropdownMenuContent>
                <LanguageChoices />
            </DropdownMenuContent>
        </DropdownMenu>
    );
}
