import type { FieldError } from "react-hook-form";
import { useTranslation } from "react-i18next";

const SERVER = "server:";

/** Says what is wrong with a field: our texts are named by the form's rules, the API's come as they are. */
export function useFieldText(): (error: FieldError | { message?: string } | undefined) => string | undefined {
    const { t } = useTranslation("administration");
    return (error) => {
        if (!error) return undefined;
        const message = error.message ?? "invalid";
        if (message.startsWith(SERVER)) return t("field.refused", { message: message.slice(SERVER.length) });
        return t(`field.${message}`, { defaultValue: t("field.invalid") });
    };
}
