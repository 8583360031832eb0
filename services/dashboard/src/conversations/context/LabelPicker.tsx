import { Plus, X } from "lucide-react";
import { useTranslation } from "react-i18next";
import { Button } from "@/ui/button";
import { DropdownMenu, DropdownMenuCheckboxItem, DropdownMenuContent, DropdownMenuTrigger } from "@/ui/dropdown-menu";
import { useLabels } from "../desk/useLabels";

type LabelPickerProps = { labelIds: readonly string[]; onToggle: (labelId: string, on: boolean) => void };

/** The labels of a conversation: taking one off, and putting others on. */
export function LabelPicker({ labelIds, onToggle }: LabelPickerProps) {
    const { t } = useTranslation("conversations");
    const { labels, known } = useLabels();
    const put = known(labelIds);
    return (
        <div className="flex flex-wrap items-center gap-1.5">
            {put.map((label) => (
                <span
                    key={label.id}
                    className="inline-flex max-w-full items-center gap-1.5 rounded-full border bg-card py-0.5 pr-0.5 pl-2 text-xs"
                >
                    <span
                        aria-hidden
                        className="size-2 shrink-0 rounded-full"
                        style={{ backgroundColor: label.colour }}
                    />
                    <span className="truncate">{label.name}</span>
                    <button
                        type="button"
                        aria-label={t("context.removeLabel", { name: label.name })}
                        onClick={() => onToggle(label.id, false)}
                        className="grid size-6 place-items-center rounded-full text-muted-foreground hover:bg-accent hover:text-foreground"
                    >
                        <X aria-hidden className="size-3" />
                    </button>
                </span>
            ))}
            {put.length === 0 && <span className="text-sm text-muted-foreground">{t("context.noLabels")}</span>}
            <DropdownMenu>
                <DropdownMenuTrigger asChild>
                    <Button variant="ghost" size="icon-sm" className="size-7" aria-label={t("context.addLabel")}>
                        <Plus aria-hidden />
                    </Button>
                </DropdownMenuTrigger>
                <DropdownMenuContent align="end">
                    {labels.length === 0 && (
                        <p className="max-w-52 px-2 py-1.5 text-sm text-muted-foreground">
                            {t("context.noLabelsExist")}
                        </p>
                    )}
                    {labels.map((label) => (
                        <DropdownMenuCheckboxItem
                            key={label.id}
                            checked={labelIds.includes(label.id)}
                            onCheckedChange={(on) => onToggle(label.id, on)}
                            onSelect={(event) => event.preventDefault()}
                        >
                            <span
                                aria-hidden
                                className="size-2.5 rounded-full"
                                style={{ backgroundColor: label.colour }}
                            />
                            {label.name}
                        </DropdownMenuCheckboxItem>
                    ))}
                </DropdownMenuContent>
            </DropdownMenu>
        </div>
    );
}
