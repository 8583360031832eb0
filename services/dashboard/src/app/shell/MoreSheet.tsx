import { Menu } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { lazily } from "@/ui/lazily";
import { Sheet, SheetTrigger } from "@/ui/sheet";
import { QuietBoundary } from "../QuietBoundary";
import { BAR_ENTRY } from "./BottomBar";

const MoreContent = lazily(() => import("./MoreContent").then((file) => file.MoreContent));

/** A sheet over the bar, with what has no room in it. */
export function MoreSheet() {
    const { t } = useTranslation("app");
    const [open, setOpen] = useState(false);
    return (
        <Sheet open={open} onOpenChange={setOpen}>
            <SheetTrigger className={BAR_ENTRY}>
                <Menu aria-hidden className="size-5" strokeWidth={1.9} />
                {t("more")}
            </SheetTrigger>
            {open && (
                <QuietBoundary>
                    <MoreContent onFollow={() => setOpen(false)} />
                </QuietBoundary>
            )}
        </Sheet>
    );
}
