import { Lock, MessageSquare } from "lucide-react";
import { useTranslation } from "react-i18next";
import { cn } from "@/ui/cn";
import type { Mode } from "./drafts";

const MODES = [
    { mode: "reply", icon: MessageSquare },
    { mode: "note", icon: Lock },
] as const;

/** For whom one writes. The whole box changes its colour with it. */
export function ModeSwitch({ mode, onMode }: { mode: Mode; onMode: (mode: Mode) => void }) {
    const { t } = useTranslation("conversations");
    return (
        <div role="radiogroup" aria-label={t("composer.mode")} className="flex gap-1 px-2 pt-1.5">
            {MODES.map(({ mode: each, icon: Icon }) => (
                <label
                    key={each}
                    className={cn(
                        "inline-flex cursor-pointer items-center gap-1.5 rounded-md px-2 py-1 text-xs font-medium has-focus-visible:outline-2 has-focus-visible:outline-ring",
                        each !== mode && (mode === "note" ? "text-note-foreground" : "text-muted-foreground"),
                        each === mode &&
                            (each === "note"
                                ? "bg-note-border/50 text-note-foreground"
                                : "bg-primary-soft text-primary-text"),
                    )}
                >
                    <input
                        type="radio"
                        name="composer-mode"
                        className="sr-only"
                        checked={each === mode}
                        onChange={() => onMode(each)}
                    />
                    <Icon aria-hidden className="size-3.5" />
                    {t(`composer.${each}`)}
                </label>
            ))}
        </div>
    );
}
