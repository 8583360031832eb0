import { Download, FileText } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useLanguage } from "@/i18n/useTimes";
import { toast } from "@/ui/toast";
import { Spinner } from "@/ui/spinner";
import type { Attachment } from "../entities";
import { sizeText } from "./files";
import { saveFile } from "./useFile";

/** A paper: its name, size and pages, and a click saves it. */
export function FileCard({ attachment }: { attachment: Attachment }) {
    const { t } = useTranslation("conversations");
    const [saving, setSaving] = useState(false);
    const save = async () => {
        setSaving(true);
        await saveFile(attachment.id, attachment.file_name).catch(() => toast.error(t("file.loadFailed")));
        setSaving(false);
    };
    return (
        <button
            type="button"
            aria-label={t("file.download", { name: attachment.file_name })}
            onClick={() => void save()}
            className="flex w-64 max-w-full items-center gap-3 rounded-lg border bg-card/60 p-2.5 text-left hover:bg-accent"
        >
            <span className="grid size-10 shrink-0 place-items-center rounded-md bg-info-soft text-info">
                <FileText aria-hidden className="size-5" />
            </span>
            <span className="grid min-w-0 flex-1">
                <span className="truncate text-sm font-medium">{attachment.file_name}</span>
                <FileFacts attachment={attachment} />
            </span>
            {saving ? <Spinner /> : <Download aria-hidden className="size-4 shrink-0 text-muted-foreground" />}
        </button>
    );
}

function FileFacts({ attachment }: { attachment: Attachment }) {
    const { t } = useTranslation("conversations");
    const language = useLanguage();
    const pages = attachment.metadata.page_count;
    const facts = [
        attachment.file_name.includes(".") ? attachment.file_name.split(".").pop()?.toUpperCase() : null,
        sizeText(attachment.file_size, language),
        typeof pages === "number" ? t("file.pages", { count: pages }) : null,
    ];
    return <span className="truncate text-xs text-muted-foreground">{facts.filter(Boolean).join(" · ")}</span>;
}
