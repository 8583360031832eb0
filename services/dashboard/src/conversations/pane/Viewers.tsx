import { useTranslation } from "react-i18next";
import { useLanguage } from "@/i18n/useTimes";
import { Avatar } from "@/ui/avatar";
import { Tooltip } from "@/ui/tooltip";
import { listed } from "../timeline/TypingPill";

const SHOWN = 3;

/** Colleagues who have the conversation open too, so that two do not answer at once. */
export function Viewers({ names }: { names: readonly string[] }) {
    const { t } = useTranslation("conversations");
    const language = useLanguage();
    if (names.length === 0) return null;
    const text = t("header.viewers", { count: names.length, names: listed(names, language) });
    return (
        <Tooltip text={text}>
            <button
                type="button"
                aria-label={text}
                className="flex cursor-default -space-x-2 rounded-full"
                data-viewers
            >
                {names.slice(0, SHOWN).map((name) => (
                    <Avatar key={name} name={name} className="size-7 rounded-full border-2 border-card" />
                ))}
                {names.length > SHOWN && (
                    <span className="z-10 grid size-7 place-items-center rounded-full border-2 border-card bg-muted text-[0.6875rem] font-medium">
                        +{names.length - SHOWN}
                    </span>
                )}
            </button>
        </Tooltip>
    );
}
