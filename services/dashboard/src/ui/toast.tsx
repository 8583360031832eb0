import { Toaster as Sonner, toast } from "sonner";
import { useTranslation } from "react-i18next";

export { toast };

/** Where toasts appear: `toast.success(text)` and its like, from anywhere. */
export function Toaster({ theme }: { theme: "light" | "dark" }) {
    const { t } = useTranslation("ui");
    return (
        <Sonner
            theme={theme}
            position="bottom-right"
            containerAriaLabel={t("notices")}
            toastOptions={{
                classNames: {
                    toast: "!bg-popover !text-popover-foreground !border-border !shadow-raised",
                    description: "!text-muted-foreground",
                },
            }}
        />
    );
}
