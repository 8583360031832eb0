import { useRef, useState } from "react";
import { bringTexts } from "@/i18n";
import { useUser } from "@/session/useSession";
import { useMay } from "@/session/useMay";
import { lazily } from "@/ui/lazily";
import { useWebSocket } from "@/realtime/react";
import { Composer, type ComposerHandle } from "../composer/Composer";
import { ContextFrame } from "../context/ContextFrame";
import type { ConversationDetailView } from "../data/contract";
import { useConversationRealtime } from "../data/useConversationRealtime";
import { usePresenceSystem } from "../data/usePresenceSystem";
import { useColleagues } from "../desk/useColleagues";
import { useDecisions } from "../desk/useDecisions";
import { useRemembered } from "../desk/useRemembered";
import type { Screen } from "../desk/useScreen";
import type { Conversation } from "../entities";
import { useShortcuts } from "../keyboard/useShortcuts";
import { Timeline } from "../timeline/Timeline";
import { TypingPill } from "../timeline/TypingPill";
import { mayHandOver } from "../transfer/targets";
import { Banners } from "./Banners";
import { PaneHeader } from "./PaneHeader";
import { useMessages } from "./useMessages";
import { useReadMark } from "./useReadMark";

const ContextPanel = lazily(async () => {
    const [file] = await Promise.all([import("../context/ContextPanel"), bringTexts("contacts")]);
    return file.ContextPanel;
});
const TransferDialog = lazily(() => import("../transfer/TransferDialog").then((file) => file.TransferDialog));

type OpenConversationProps = {
    conversation: Conversation;
    detail: ConversationDetailView;
    screen: Screen;
    mayFocus: () => boolean;
    backHref: string;
};

/** A conversation that is there: its header, its history, where one writes, and its details. */
export function OpenConversation({ conversation, detail, screen, mayFocus, backHref }: OpenConversationProps) {
    const user = useUser();
    const { nameOf } = useColleagues();
    const { liveness } = useWebSocket();
    const presence = usePresenceSystem();
    const live = useConversationRealtime(conversation.id);
    const decide = useDecisions(conversation);
    const composer = useRef<ComposerHandle>(null);
    const [unreadAtOpen] = useState(conversation.unread_count);
    const [transferring, setTransferring] = useState(false);
    const context = useContext(screen);
    const handing = mayHandOver(conversation, user.id, useMay("reassign"));
    const messages = useMessages(conversation, detail, composer);
    useReadMark(conversation, decide.read);
    useShortcuts({
        reply: () => composer.current?.write("reply"),
        note: () => composer.current?.write("note"),
        archive: decide.toggleArchive,
        take: decide.take,
        context: context.toggle,
        transfer: () => handing && setTransferring(true),
    });
    return (
        <>
            <section aria-label={conversation.contact_name} className="flex min-w-0 flex-1 flex-col">
                <PaneHeader
                    conversation={conversation}
                    screen={screen}
                    backHref={backHref}
                    viewers={live.viewers.map(({ name }) => name)}
                    mine={conversation.assigned_to === user.id}
                    mayHandOver={handing}
                    contextOpen={context.open}
                    onTransfer={() => setTransferring(true)}
                    onArchive={decide.toggleArchive}
                    onPriority={decide.setPriority}
                    onAssign={(to) => (to === "me" ? decide.take() : decide.assign(null))}
                    onRead={decide.read}
                    onContext={context.toggle}
                />
                <Banners
                    conversation={conversation}
                    userId={user.id}
                    assigneeName={nameOf(conversation.assigned_to ?? "")}
                    mayTake
                    liveness={liveness}
                    refusal={live.refusal?.message ?? null}
                    onTake={decide.take}
                />
                <Timeline
                    name={conversation.contact_name}
                    messages={detail.messages}
                    actions={detail.actions}
                    hasOlder={detail.hasOlder}
                    isFetchingOlder={detail.isFetchingOlder}
                    olderFailed={detail.olderFailed}
                    fetchOlder={detail.fetchOlder}
                    unreadAtOpen={unreadAtOpen}
                    handlers={messages.handlers}
                    onEscape={() => composer.current?.focus()}
                />
                <TypingPill names={live.typing.map((typist) => typist.name)} />
                <Composer
                    ref={composer}
                    conversationId={conversation.id}
                    name={conversation.contact_name}
                    focused={screen !== "narrow"}
                    mayFocus={mayFocus}
                    messageOf={messages.byId}
                    onSend={messages.send}
                    onTyping={live.startTyping}
                    onStopTyping={live.stopTyping}
                />
            </section>
            <ContextFrame screen={screen} open={context.open} onClose={() => context.toggle()}>
                <ContextPanel
                    conversation={conversation}
                    messages={detail.messages}
                    actions={detail.actions}
                    mayHandOver={handing}
                    onAssign={decide.assign}
                    onPriority={decide.setPriority}
                    onLabel={decide.label}
                />
            </ContextFrame>
            {transferring && (
                <TransferDialog
                    conversation={conversation}
                    statusOf={presence.statusOf}
                    onClose={() => setTransferring(false)}
                />
            )}
            {messages.dialog}
        </>
    );
}

// On wide screens the details are a column that this browser remembers; elsewhere they cover things, and begin closed.
function useContext(screen: Screen) {
    const [column, setColumn] = useRemembered("prosa.context", true);
    const [covering, setCovering] = useState(false);
    const wide = screen === "wide";
    return {
        open: wide ? column : covering,
        toggle: () => (wide ? setColumn(!column) : setCovering(!covering)),
    };
}
