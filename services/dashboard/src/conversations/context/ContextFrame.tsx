import { X } from "lucide-react";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { Button } from "@/ui/button";
import { Sheet, SheetContent, SheetTitle } from "@/ui/sheet";
import type { Screen } from "../desk/useScreen";

type ContextFrameProps = { screen: Screen; open: boolean; onClose: () => void; children: ReactNode };

/** Where the details are: a column on wide screens, a drawer on others, on telephones a sheet from below. */
export function ContextFrame({ screen, open, onClose, children }: ContextFrameProps) {
    const { t } = useTranslation("conversations");
    if (screen === "wide")
        return (
            open && (
                <aside
                    aria-label={t("context.title")}
                    className="flex w-80 shrink-0 flex-col border-l bg-card 2xl:w-90"
                >
                    <div className="flex h-14 shrink-0 items-center justify-between border-b px-4">
                        <h2 className="text-[0.9375rem] font-semibold">{t("context.title")}</h2>
                        <Button variant="ghost" size="icon-sm" aria-label={t("context.close")} onClick={onClose}>
                            <X aria-hidden />
                        </Button>
                    </div>
                    {children}
                </aside>
            )
        );
    return (
        <Sheet open={open} onOpenChange={(next) => !next && onClose()}>
            <SheetContent
                side={screen === "narrow" ? "bottom" : "right"}
                aria-describedby={undefined}
                className="gap-0 p-0 sm:max-w-sm"
            >
                <SheetTitle className="flex h-14 shrink-0 items-center border-b px-4">{t("context.title")}</SheetTitle>
                {children}
            </SheetContent>
        </Sheet>
    );
}
