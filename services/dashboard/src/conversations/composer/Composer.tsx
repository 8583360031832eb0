import {
    type ClipboardEvent,
    type DragEvent,
    type KeyboardEvent,
    type Ref,
    useEffect,
    useImperativeHandle,
    useRef,
    useState,
} from "react";
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
import { parcelsOf } from "./parcels";
import { RecordingBar } from "./RecordingBar";
import { ReplyStrip } from "./ReplyStrip";
import { canSend } from "./uploads";
import { useCanned } from "./useCanned";
import { useComposerText } from "./useComposerText";
import { useRecorder } from "./useRecorder";
import { useUploads } from "./useUploads";

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
    messageOf: (id: string) => TimelineMessage | null;
    onSend: (parcel: Sending) => void;
    onTyping: () => void;
    onStopTyping: () => void;
};

/** Where agents write: to the patient, or in amber to their colleagues. The focus stays here. */
export function Composer({
    ref,
    conversationId,
    name,
    focused,
    messageOf,
    onSend,
    onTyping,
    onStopTyping,
}: ComposerProps) {
    const { t } = useTranslation("conversations");
    const box = useRef<HTMLTextAreaElement>(null);
    const { mode, setMode, draft, change } = useComposerText(conversationId);
    const [caret, setCaret] = useState(0);
    const [missing, setMissing] = useState<string[]>([]);
    const [placed, setPlaced] = useState<{ at: number } | null>(null);
    const [dropping, setDropping] = useState(false);
    const files = useUploads(conversationId);
    const note = mode === "note";
    // On telephones the focus does not come by itself, and there is room for few words.
    const answering = focused ? "composer.placeholder" : "composer.placeholderShort";
    const placeholder = note ? "composer.notePlaceholder" : answering;
    const left = charactersLeft(draft.text);
    const ready = canSend(draft.text, note ? [] : files.uploads, left);

    const set = (text: string, at: number) => {
        change({ text }, mode);
        setCaret(at);
        setPlaced({ at });
    };
    const canned = useCanned(conversationId, { text: draft.text, caret, set }, setMissing);
    const recorder = useRecorder(
        t("composer.voiceName"),
        (file) => files.add([file]),
        () => toast.error(t("composer.microphoneRefused")),
    );
    // Where the caret goes after text was put in, once the box has that text.
    useEffect(() => {
        if (placed === null) return;
        box.current?.focus();
        box.current?.setSelectionRange(placed.at, placed.at);
    }, [placed]);
    // The box is as high as its text, up to a bound that its class sets.
    useEffect(() => {
        const element = box.current;
        if (!element) return;
        element.style.height = "auto";
        element.style.height = `${element.scrollHeight}px`;
    }, [draft.text, mode]);
    useEffect(() => {
        if (focused) box.current?.focus();
    }, [focused]);
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
        for (const parcel of parcelsOf(mode, draft.text, files.uploads, draft.replyTo)) onSend(parcel);
        change({ text: "", replyTo: null }, mode);
        if (!note) files.clear();
        setMissing([]);
        setCaret(0);
        onStopTyping();
        box.current?.focus();
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
    const drop = {
        onDragOver: (event: DragEvent) => {
            if (!event.dataTransfer.types.includes("Files")) return;
            event.preventDefault();
            setDropping(true);
        },
        onDragLeave: () => setDropping(false),
        onDrop: (event: DragEvent) => {
            event.preventDefault();
            setDropping(false);
            addFiles(event.dataTransfer.files);
        },
    };
    const paste = (event: ClipboardEvent) => {
        if (event.clipboardData.files.length === 0) return;
        event.preventDefault();
        addFiles(event.clipboardData.files);
    };

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

function Warnings({ left, missing }: { left: number | null; missing: string[] }) {
    const { t } = useTranslation("conversations");
    const names = missing.map((variable) => t(`composer.variable.${variable.replaceAll(".", "_")}`)).join(", ");
    return (
        <div role="status" className="px-3 text-xs">
            {missing.length > 0 && <p className="text-warning">{t("composer.missing", { names })}</p>}
            {left !== null && (
                <p className={left < 0 ? "text-destructive" : "text-warning"}>
                    {left < 0 ? t("composer.tooLong", { count: -left }) : t("composer.charactersLeft", { count: left })}
                </p>
            )}
        </div>
    );
}
