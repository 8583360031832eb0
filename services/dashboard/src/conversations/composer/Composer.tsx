import { type KeyboardEvent, type Ref, useImperativeHandle, useState } from "react";
import { useTranslation } from "react-i18next";
import { cn } from "@/ui/cn";
import { lazily } from "@/ui/lazily";
import { toast } from "@/ui/toast";
import type { Draft as Sending } from "../data/contract";
import type { TimelineMessage } from "../entities";
import { CannedMenu, optionId } from "./CannedMenu";
import { ComposerBar } from "./ComposerBar";
import type { Mode } from "./drafts";
import { charactersLeft } from "./length";
import { ModeSwitch } from "./ModeSwitch";
import { countTaken, isIn, leftOf, parcelsOf } from "./parcels";
import { RecordingBar } from "./RecordingBar";
import { ReplyStrip } from "./ReplyStrip";
import { canSend } from "./uploads";
import { useBox } from "./useBox";
import { useCanned } from "./useCanned";
import { useComposerText } from "./useComposerText";
import { useDroppedFiles } from "./useDroppedFiles";
import { useRecorder } from "./useRecorder";
import { useUploads } from "./useUploads";
import { Warnings } from "./Warnings";

const UploadList = lazily(() => import("./UploadList").then((file) => file.UploadList));

/** What the page can have the composer do. */
export type ComposerHandle = {
    focus: () => void;
    write: (mode: Mode) => void;
    replyTo: (message: TimelineMessage) => void;
};

type ComposerProps = {
    ref: Ref<ComposerHandle>;
    conversationId: string;
    name: string;
    /** Whether the focus comes here when the conversation is opened. */
    focused: boolean;
    /** Whether nobody needs it elsewhere by then. */
    mayFocus: () => boolean;
    messageOf: (id: string) => TimelineMessage | null;
    /** Whether it was taken: what was not stays with whoever wrote it. */
    onSend: (parcel: Sending) => boolean;
    onTyping: () => void;
    onStopTyping: () => void;
};

/** Where agents write: to the patient, or in amber to their colleagues. The focus stays here. */
export function Composer({
    ref,
    conversationId,
    name,
    focused,
    mayFocus,
    messageOf,
    onSend,
    onTyping,
    onStopTyping,
}: ComposerProps) {
    const { t } = useTranslation("conversations");
    const { mode, setMode, draft, change } = useComposerText(conversationId);
    const { box, caret, setCaret, place } = useBox(draft.text, mode, focused, mayFocus);
    const [missing, setMissing] = useState<string[]>([]);
    const files = useUploads(conversationId);
    const note = mode === "note";
    // On telephones the focus does not come by itself, and there is room for few words.
    const answering = focused ? "composer.placeholder" : "composer.placeholderShort";
    const placeholder = note ? "composer.notePlaceholder" : answering;
    const left = charactersLeft(draft.text);
    const ready = canSend(draft.text, note ? [] : files.uploads, left);

    const set = (text: string, at: number) => {
        change({ text }, mode);
        place(at);
    };
    const canned = useCanned(conversationId, { text: draft.text, caret, set }, setMissing);
    const recorder = useRecorder(
        t("composer.voiceName"),
        (file) => files.add([file]),
        () => toast.error(t("composer.microphoneRefused")),
    );
    useImperativeHandle(ref, () => ({
        focus: () => box.current?.focus(),
        write: (next) => {
            setMode(next);
            box.current?.focus();
        },
        replyTo: (message) => {
            setMode("reply");
            change({ replyTo: message.id }, "reply");
            box.current?.focus();
        },
    }));

    const addFiles = (list: FileList | null) => {
        const chosen = [...(list ?? [])];
        if (chosen.length === 0) return;
        if (note) toast(t("composer.noteNoFiles"));
        else files.add(chosen);
        box.current?.focus();
    };
    const send = () => {
        if (!ready) return;
        const parcels = parcelsOf(mode, draft.text, files.uploads, draft.replyTo);
        const taken = parcels.slice(0, countTaken(parcels, onSend));
        if (taken.length === parcels.length) sent();
        else if (taken.length > 0) keep(taken);
        box.current?.focus();
    };
    const sent = () => {
        change({ text: "", replyTo: null }, mode);
        if (!note) files.clear();
        setMissing([]);
        setCaret(0);
        onStopTyping();
    };
    // The rest is to be sent again, and what was taken not.
    const keep = (taken: readonly Sending[]) => {
        change(leftOf(draft, taken), mode);
        files.uploads.filter((upload) => isIn(taken, upload)).forEach((upload) => files.remove(upload.key));
    };
    const keys = (event: KeyboardEvent<HTMLTextAreaElement>) => {
        if (canned.onKey(event)) return event.preventDefault();
        if (event.key !== "Enter" || event.shiftKey || event.nativeEvent.isComposing) return;
        event.preventDefault();
        send();
    };
    const write = (text: string, at: number) => {
        change({ text }, mode);
        setCaret(at);
        // Colleagues and the patient are told of answers alone: a note is nobody's business outside.
        if (!note && text.trim() !== "") onTyping();
        if (missing.length > 0) setMissing([]);
    };
    const { dropping, drop, paste } = useDroppedFiles(addFiles);

    return (
        // A pointer may drop files anywhere on it; the button does the same for keyboards.
        <div
            {...drop}
            data-composer={mode}
            className={cn(
                "relative mx-auto mb-3 w-[calc(100%-1.5rem)] max-w-5xl rounded-xl border shadow-small transition-colors focus-within:border-ring",
                note ? "border-note-border bg-note" : "border-input/60 bg-card",
            )}
        >
            {canned.open && (
                <CannedMenu
                    id={canned.id}
                    replies={canned.replies}
                    active={canned.active}
                    onChoose={(reply) => void canned.choose(reply)}
                />
            )}
            <ModeSwitch mode={mode} onMode={setMode} />
            {!note && draft.replyTo !== null && (
                <ReplyStrip message={messageOf(draft.replyTo)} onCancel={() => change({ replyTo: null }, "reply")} />
            )}
            {!note && files.uploads.length > 0 && (
                <UploadList uploads={files.uploads} onRemove={files.remove} onRetry={files.retry} />
            )}
            {recorder.seconds !== null ? (
                <RecordingBar seconds={recorder.seconds} onStop={recorder.stop} onDiscard={recorder.discard} />
            ) : (
                <>
                    <textarea
                        ref={box}
                        rows={1}
                        value={draft.text}
                        aria-label={t(note ? "composer.noteLabel" : "composer.label", { name })}
                        placeholder={t(placeholder, { name })}
                        aria-autocomplete="list"
                        aria-controls={canned.open ? canned.id : undefined}
                        aria-activedescendant={
                            canned.open && canned.replies.length > 0 ? optionId(canned.id, canned.active) : undefined
                        }
                        onChange={(event) => write(event.target.value, event.target.selectionStart)}
                        onSelect={(event) => setCaret(event.currentTarget.selectionStart)}
                        onKeyDown={keys}
                        onPaste={paste}
                        onBlur={onStopTyping}
                        className={cn(
                            "block max-h-48 min-h-10 w-full resize-none bg-transparent px-3 py-2 text-sm outline-none placeholder:text-muted-foreground",
                            note && "text-note-foreground placeholder:text-note-foreground/80",
                        )}
                    />
                    <Warnings left={left} missing={missing} />
                    <ComposerBar
                        note={note}
                        ready={ready}
                        onFiles={addFiles}
                        onEmoji={(emoji) =>
                            set(draft.text.slice(0, caret) + emoji + draft.text.slice(caret), caret + emoji.length)
                        }
                        onRecord={recorder.start}
                        onSend={send}
                    />
                </>
            )}
            {dropping && (
                <div className="pointer-events-none absolute inset-0 z-10 grid place-items-center rounded-xl border-2 border-dashed border-primary bg-card/90 text-sm font-medium">
                    {t(note ? "composer.noteNoFiles" : "composer.drop")}
                </div>
            )}
        </div>
    );
}
