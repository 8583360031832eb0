import { useTranslation } from "react-i18next";

/** The first stop of the tabulator: past the rail, into the page. */
export function SkipLink() {
    const { t } = useTranslation("app");
    return (
        <a
            href="#content"
            onClick={(event) => {
                event.preventDefault();
                document.getElementById("content")?.focus();
            }}
            className="sr-only z-50 rounded-md bg-primary px-3 py-2 text-sm font-medium text-primary-foreground focus:not-sr-only focus:fixed focus:top-2 focus:left-2"
        >
            {t("skip")}
        </a>
    );
}
