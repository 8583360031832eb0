import { Mic, Paperclip, SendHorizontal, StickyNote } from "lucide-react";
import { useRef } from "react";
import { useTranslation } from "react-i18next";
import { Button } from "@/ui/button";
import { EmojiButton } from "./EmojiButton";

type ComposerBarProps = {
    note: boolean;
    ready: boolean;
    onFiles: (files: FileList | null) => void;
    onEmoji: (emoji: string) => void;
    onRecord: () => void;
    onSend: () => void;
};

/** Below the text: files, emoji, a voice, and sending. */
export function ComposerBar({ note, ready, onFiles, onEmoji, onRecord, onSend }: ComposerBarProps) {
    const { t } = useTranslation("conversations");
    const picker = useRef<HTMLInputElement>(null);
    return (
        <div className="flex items-center gap-0.5 px-2 pb-2">
            {!note && (
                <>
                    <input
                        ref={picker}
                        type="file"
                        multiple
                        hidden
                        onChange={(event) => {
                            onFiles(event.target.files);
                            event.target.value = "";
                        }}
                    />
                    <Button
                        variant="ghost"
                        size="icon-sm"
                        aria-label={t("composer.attach")}
                        title={t("composer.attach")}
                        onClick={() => picker.current?.click()}
                    >
                        <Paperclip aria-hidden />
                    </Button>
                </>
            )}
            <EmojiButton onChoose={onEmoji} />
            {!note && (
                <Button
                    variant="ghost"
                    size="icon-sm"
                    aria-label={t("composer.record")}
                    title={t("composer.record")}
                    onClick={onRecord}
                >
                    <Mic aria-hidden />
                </Button>
            )}
            <span className="ml-auto hidden pr-2 text-[0.6875rem] text-muted-foreground lg:block">
                {!note && t("composer.keys")}
            </span>
            <Button
                size="sm"
                className={note ? "ml-auto bg-note-foreground text-note hover:bg-note-foreground/90" : "max-lg:ml-auto"}
                disabled={!ready}
                onClick={onSend}
            >
                {note ? <StickyNote aria-hidden /> : <SendHorizontal aria-hidden />}
                {t(note ? "composer.saveNote" : "composer.send")}
            </Button>
        </div>
    );
}
