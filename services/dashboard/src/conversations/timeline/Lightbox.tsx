import { Download } from "lucide-react";
import { Dialog as Radix } from "radix-ui";
import { useTranslation } from "react-i18next";
import { Button } from "@/ui/button";
import { CloseCross } from "@/ui/dialog";
import { useReturnFocus } from "@/ui/return-focus";
import type { Attachment } from "../entities";
import { saveFile } from "./useFile";

type LightboxProps = { attachment: Attachment; url: string; onClose: () => void };

/** A picture as large as the screen allows. */
export function Lightbox({ attachment, url, onClose }: LightboxProps) {
    const { t } = useTranslation("conversations");
    const focus = useReturnFocus();
    return (
        <Radix.Root open onOpenChange={(open) => !open && onClose()}>
            <Radix.Portal>
                <Radix.Overlay className="fixed inset-0 z-40 animate-appear bg-black/85" />
                <Radix.Content
                    {...focus}
                    aria-describedby={undefined}
                    className="fixed inset-0 z-50 flex flex-col outline-none"
                    data-theme="dark"
                >
                    <div className="flex h-14 items-center gap-2 bg-black/40 px-4 pr-14 text-white">
                        <Radix.Title className="min-w-0 flex-1 truncate text-sm font-medium">
                            <span className="sr-only">{t("file.viewer", { name: attachment.file_name })}</span>
                            <span aria-hidden>{attachment.file_name}</span>
                        </Radix.Title>
                        <Button
                            variant="ghost"
                            size="icon-sm"
                            aria-label={t("file.download", { name: attachment.file_name })}
                            onClick={() => void saveFile(attachment.id, attachment.file_name)}
                        >
                            <Download aria-hidden />
                        </Button>
                        <CloseCross />
                    </div>
                    {/* Beside the picture a click closes too; the cross and Escape do it for keyboards. */}
                    {/* eslint-disable-next-line jsx-a11y/click-events-have-key-events, jsx-a11y/no-static-element-interactions */}
                    <div className="grid min-h-0 flex-1 place-items-center p-4" onClick={onClose}>
                        {/* eslint-disable-next-line jsx-a11y/click-events-have-key-events, jsx-a11y/no-noninteractive-element-interactions */}
                        <img
                            src={url}
                            alt={attachment.file_name}
                            className="max-h-full max-w-full rounded object-contain"
                            onClick={(event) => event.stopPropagation()}
                        />
                    </div>
                </Radix.Content>
            </Radix.Portal>
        </Radix.Root>
    );
}
