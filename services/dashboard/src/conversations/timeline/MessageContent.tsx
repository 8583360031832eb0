import { Ban } from "lucide-react";
import { useTranslation } from "react-i18next";
import type { TimelineMessage } from "../entities";
import { KindIcon } from "../list/KindIcon";
import { shownKind } from "../list/preview";
import { MessageFile } from "./MessageFile";
import { RichText } from "./RichText";

/** What a message says: files, words, places, polls; or that it was deleted. */
export function MessageContent({ message }: { message: TimelineMessage }) {
    const { t } = useTranslation("conversations");
    if (message.deleted_at)
        return (
            <p className="flex items-center gap-1.5 text-muted-foreground italic">
                <Ban aria-hidden className="size-3.5" /> {t("message.deleted")}
            </p>
        );
    if (message.attachments.length > 0)
        return (
            <div className="grid grid-cols-[minmax(0,auto)] gap-1.5">
                {message.attachments.map((attachment) => (
                    <MessageFile key={attachment.id} message={message} attachment={attachment} />
                ))}
                {message.content && <RichText text={message.content} />}
            </div>
        );
    return <Said message={message} />;
}

function Said({ message }: { message: TimelineMessage }) {
    const { t } = useTranslation("conversations");
    const kind = shownKind(message.message_type);
    if (!kind) return <RichText text={message.content} />;
    return (
        <div className="grid grid-cols-[minmax(0,auto)] gap-1">
            <span className="flex items-center gap-1.5 text-xs font-medium text-muted-foreground">
                <KindIcon kind={kind} /> {t(`kind.${kind}`)}
            </span>
            {message.content && <RichText text={message.content} />}
            <Particulars metadata={message.metadata} />
        </div>
    );
}

// What stands in the metadata of places and polls: the text alone would not say it.
function Particulars({ metadata }: { metadata: Record<string, unknown> }) {
    const { t } = useTranslation("conversations");
    const { latitude, longitude, options } = metadata;
    if (typeof latitude === "number" && typeof longitude === "number")
        return (
            <a
                href={`https://www.openstreetmap.org/?mlat=${latitude}&mlon=${longitude}#map=16/${latitude}/${longitude}`}
                target="_blank"
                rel="noopener noreferrer"
                className="text-info underline"
            >
                {t("file.map")}
            </a>
        );
    if (!Array.isArray(options)) return null;
    return (
        <ul className="list-disc pl-5" aria-label={t("file.options", { count: options.length })}>
            {options.map((option, index) => (
                <li key={index}>{String(option)}</li>
            ))}
        </ul>
    );
}
