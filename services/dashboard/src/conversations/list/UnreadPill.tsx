import { useTranslation } from "react-i18next";
import { unreadText } from "./unread";

export function UnreadPill({ count }: { count: number }) {
    const { t } = useTranslation("conversations");
    if (count === 0) return null;
    return (
        <span className="grid h-5 min-w-5 shrink-0 place-items-center rounded-full bg-primary px-1.5 text-[0.6875rem] font-semibold text-primary-foreground tabular-nums">
            <span aria-hidden>{unreadText(count)}</span>
            <span className="sr-only">{t("list.unread", { count })}</span>
        </span>
    );
}
