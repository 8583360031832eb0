import { Smile } from "lucide-react";
import { useTranslation } from "react-i18next";
import { Button } from "@/ui/button";
import { Popover, PopoverClose, PopoverContent, PopoverTrigger } from "@/ui/popover";

const EMOJI = [..."😀😄😊🙂😉😍🤗🤔😅😂🥲😢😮😴🤒🤕🤧😷👍👎👏🙏💪👋🤝✅❌⚠️❤️💙💚⭐🎉📅⏰📍📄💊🩺🩹🧪🏥☎️"].filter(
    (character) => character !== "\uFE0F",
);

/** A few dozen emoji that a clinic uses; systems have all others in a picker of their own. */
export function EmojiButton({ onChoose }: { onChoose: (emoji: string) => void }) {
    const { t } = useTranslation("conversations");
    return (
        <Popover>
            <PopoverTrigger asChild>
                <Button variant="ghost" size="icon-sm" aria-label={t("composer.emoji")} title={t("composer.emoji")}>
                    <Smile aria-hidden />
                </Button>
            </PopoverTrigger>
            <PopoverContent
                side="top"
                align="start"
                aria-label={t("composer.emoji")}
                className="grid w-auto grid-cols-8 gap-0.5 p-1.5"
                onCloseAutoFocus={(event) => event.preventDefault()}
            >
                {EMOJI.map((emoji) => (
                    <PopoverClose key={emoji} asChild>
                        <button
                            type="button"
                            onClick={() => onChoose(emoji)}
                            className="grid size-8 place-items-center rounded-md text-lg hover:bg-accent"
                        >
                            {emoji}
                        </button>
                    </PopoverClose>
                ))}
            </PopoverContent>
        </Popover>
    );
}
