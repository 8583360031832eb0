import { useTranslation } from "react-i18next";
import { LanguageSwitch } from "@/app/shell/LanguageSwitch";
import { ThemeSwitch } from "@/app/shell/ThemeSwitch";
import { Logo } from "@/app/shell/Logo";
import { usePageTitle } from "@/app/usePageTitle";
import { LoginForm } from "./LoginForm";

export default function LoginPage() {
    const { t } = useTranslation("session");
    usePageTitle(t("title"));
    return (
        <main id="content" className="grid min-h-full grid-rows-[1fr_auto] bg-background px-4">
            <div className="m-auto grid w-full max-w-sm gap-6 py-10">
                <div className="grid justify-items-center gap-3 text-center">
                    <Logo className="size-12" />
                    <div className="grid gap-1">
                        <h1 className="text-2xl font-semibold tracking-tight">{t("welcome")}</h1>
                        <p className="text-muted-foreground">{t("tagline")}</p>
                    </div>
                </div>
                <LoginForm />
            </div>
            <div className="flex items-center justify-center gap-2 pb-6">
                <LanguageSwitch />
                <ThemeSwitch />
            </div>
        </main>
    );
}
