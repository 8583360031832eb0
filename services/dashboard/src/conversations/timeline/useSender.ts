import { useTranslation } from "react-i18next";
import type { TimelineMessage } from "../entities";

type Sent = Pick<TimelineMessage, "sender_type" | "sender_name">;

/** Who wrote a message, in words. */
export function useSender(): (message: Sent) => string {
    const { t } = useTranslation("conversations");
    return ({ sender_type, sender_name }) => {
        if (sender_name) return sender_name;
        if (sender_type === "patient") return t("message.patient");
        if (sender_type === "ai") return t("message.ai");
        return sender_type === "system" ? t("message.system") : t("message.team");
    };
}
