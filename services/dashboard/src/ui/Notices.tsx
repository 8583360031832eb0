import { useEffect } from "react";
import { Toaster as Sonner, toast } from "sonner";
import { useTranslation } from "react-i18next";

export type Toast = typeof toast;
type NoticesProps = { theme: "light" | "dark"; onReady: (toast: Toast) => void };

/** Where toasts appear, with the library that shows them. */
export function Notices({ theme, onReady }: NoticesProps) {
    const { t } = useTranslation("ui");
    // After the library's own effect, which begins to hear.
    useEffect(() => onReady(toast), [onReady]);
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
