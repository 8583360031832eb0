import { useTranslation } from "react-i18next";
import { useClinic, useUser } from "@/session/useSession";
import { cn } from "@/ui/cn";
import { filled, unknownVariables, type Variable } from "./variables";

/** What a patient would read, with made-up values; what is no variable is named. */
export function ReplyPreview({ content }: { content: string }) {
    const { t } = useTranslation("administration");
    const unknown = unknownVariables(content);
    const parts = filled(content, useExample());
    return (
        <section aria-label={t("replies.preview")} className="grid gap-1.5">
            <span className="text-[0.8125rem] font-medium">{t("replies.preview")}</span>
            <p className="min-h-12 max-w-md rounded-lg rounded-br-sm bg-bubble-out px-3 py-2 text-sm break-words whitespace-pre-wrap">
                {parts.map(({ text, filled: isFilled }, index) => (
                    <span key={index} className={cn(isFilled && "rounded-sm bg-primary-soft px-0.5 text-primary-text")}>
                        {text}
                    </span>
                ))}
            </p>
            {unknown.length > 0 && (
                <p role="status" className="text-[0.8125rem] text-warning">
                    {t("replies.unknown", { names: unknown.join(", ") })}
                </p>
            )}
        </section>
    );
}

function useExample(): Record<Variable, string> {
    const { t } = useTranslation("administration");
    const { name: agent } = useUser();
    const { name: clinic } = useClinic();
    const contact = t("replies.exampleName");
    return {
        "contact.name": contact,
        "contact.first_name": firstWord(contact),
        "contact.phone": "+55 11 96586-0124",
        "agent.name": agent,
        "agent.first_name": firstWord(agent),
        "clinic.name": clinic,
    };
}

function firstWord(name: string): string {
    return name.split(/\s/)[0] ?? name;
}
