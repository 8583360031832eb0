import type { TFunction } from "i18next";
import type { Schemas } from "@/api/client";
import type { Secret } from "../SecretDialog";

/** A source's token and the address that it is part of, as they are shown once. */
export function tokenSecret(
    title: string,
    text: string,
    { token, webhook_url: url }: Pick<Schemas["CreatedSource"], "token" | "webhook_url">,
    t: TFunction<"administration">,
): Secret {
    return {
        title,
        text,
        shown: [
            [t("sources.webhookUrl"), url],
            [t("sources.token"), token],
        ],
    };
}
