import { MessagesSquare } from "lucide-react";
import { useTranslation } from "react-i18next";
import { EmptyState } from "@/ui/empty-state";
import { Keycaps } from "../keyboard/Keycaps";

/** Where a conversation would be. */
export function NothingOpen() {
    const { t } = useTranslation("conversations");
    return (
        <EmptyState
            className="h-full"
            icon={MessagesSquare}
            title={t("nothingOpen.title")}
            text={t("nothingOpen.text")}
            action={
                <dl className="grid grid-cols-[auto_auto] items-center gap-x-3 gap-y-2 text-left text-sm text-muted-foreground">
                    <dt>
                        <Keycaps keys={["Mod", "K"]} />
                    </dt>
                    <dd>{t("nothingOpen.palette")}</dd>
                    <dt>
                        <Keycaps keys={["Mod", "/"]} />
                    </dt>
                    <dd>{t("nothingOpen.help")}</dd>
                </dl>
            }
        />
    );
}
