import { useTranslation } from "react-i18next";
import { useLanguage } from "@/i18n/useTimes";

/** Who types now. The room for it is always there, so that nothing moves when somebody begins. */
export function TypingPill({ names }: { names: readonly string[] }) {
    const { t } = useTranslation("conversations");
    const language = useLanguage();
    const text = names.length > 0 ? t("timeline.typing", { count: names.length, names: listed(names, language) }) : "";
    return (
        <div role="status" className="flex h-6 shrink-0 items-center gap-2 px-4 text-xs text-muted-foreground">
            {text && (
                <>
                    <span aria-hidden className="flex gap-0.5">
                        {[0, 150, 300].map((delay) => (
                            <span
                                key={delay}
                                className="size-1.5 animate-bounce rounded-full bg-primary"
                                style={{ animationDelay: `${delay}ms` }}
                            />
                        ))}
                    </span>
                    <span className="truncate">{text}</span>
                </>
            )}
        </div>
    );
}

/** `Ana e Bruno`. */
export function listed(names: readonly string[], language: string): string {
    return new Intl.ListFormat(language, { type: "conjunction" }).format(names);
}
