import { useMutation } from "@tanstack/react-query";
import { Download } from "lucide-react";
import { useTranslation } from "react-i18next";
import { answer, api } from "@/api/client";
import { Button } from "@/ui/button";
import { DropdownMenu, DropdownMenuContent, DropdownMenuItem, DropdownMenuTrigger } from "@/ui/dropdown-menu";
import { toast } from "@/ui/toast";
import { useProblemText } from "../useProblemText";
import { apiFilter, type DeadLetterFilter } from "./filter";

const FORMATS = ["ndjson", "csv"] as const;
type Format = (typeof FORMATS)[number];

/** Everything that the filter matches, redacted, as a file. */
export function ExportMenu({ filter }: { filter: DeadLetterFilter }) {
    const { t } = useTranslation("operations");
    const say = useProblemText();
    const exporting = useMutation({
        mutationFn: (format: Format) => exported(filter, format),
        onError: (error) => toast.error(say(error)),
    });
    return (
        <DropdownMenu>
            <DropdownMenuTrigger asChild>
                <Button variant="outline" aria-busy={exporting.isPending}>
                    <Download aria-hidden />
                    {t("export.label")}
                </Button>
            </DropdownMenuTrigger>
            <DropdownMenuContent align="end">
                {FORMATS.map((format) => (
                    <DropdownMenuItem key={format} onSelect={() => exporting.mutate(format)}>
                        {t(`export.${format}`)}
                    </DropdownMenuItem>
                ))}
            </DropdownMenuContent>
        </DropdownMenu>
    );
}

async function exported(filter: DeadLetterFilter, format: Format): Promise<void> {
    const query = { ...apiFilter(filter), format };
    const file: Blob = await answer(api.GET("/api/dlq/export", { params: { query }, parseAs: "blob" }));
    const link = document.createElement("a");
    link.href = URL.createObjectURL(file);
    link.download = `dead-letters.${format}`;
    link.click();
    URL.revokeObjectURL(link.href);
}
