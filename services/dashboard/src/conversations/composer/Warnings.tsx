import { useTranslation } from "react-i18next";

/** What is wrong with the text so far: it grows too long, or a canned reply had nothing to say for a variable. */
export function Warnings({ left, missing }: { left: number | null; missing: string[] }) {
    const { t } = useTranslation("conversations");
    const names = missing.map((variable) => t(`composer.variable.${variable.replaceAll(".", "_")}`)).join(", ");
    return (
        <div role="status" className="px-3 text-xs">
            {missing.length > 0 && <p className="text-warning">{t("composer.missing", { names })}</p>}
            {left !== null && (
                <p className={left < 0 ? "text-destructive" : "text-warning"}>
                    {left < 0 ? t("composer.tooLong", { count: -left }) : t("composer.charactersLeft", { count: left })}
                </p>
            )}
        </div>
    );
}
