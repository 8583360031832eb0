import { useTranslation } from "react-i18next";
import type { TimelineMessage } from "../entities";

/** Emoji that were put on a message: whose, and how many of each. */
export function Reactions({ message }: { message: TimelineMessage }) {
    const { t } = useTranslation("conversations");
    if (message.reactions.length === 0 || message.deleted_at) return null;
    return (
        <ul aria-label={t("message.reactions")} className="-mt-1.5 flex flex-wrap gap-1 px-2">
            {message.reactions.map(({ emoji, by }) => {
                const text = t(by === "professional" ? "message.reactedClinic" : "message.reactedPatient", { emoji });
                return (
                    <li
                        key={`${by} ${emoji}`}
                        title={text}
                        className="rounded-full border bg-card px-1.5 text-sm shadow-small"
                    >
                        <span aria-hidden>{emoji}</span>
                        <span className="sr-only">{text}</span>
                    </li>
                );
            })}
        </ul>
    );
}
