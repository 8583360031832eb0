// Made by `npm run generate` from services/realtime_gateway/asyncapi.json: do not edit.

export interface Schemas {
    ActionAdded?: ActionAdded;
    Attachment?: Attachment;
    Auth?: Auth;
    AuthFrame?: AuthFrame;
    AuthReply?: AuthReply;
    ChannelPosition?: ChannelPosition;
    ClinicJoin?: ClinicJoin;
    ClinicJoinReply?: ClinicJoinReply;
    ClinicJoined?: ClinicJoined;
    Connected?: Connected;
    Conversation?: Conversation;
    ConversationAction?: ConversationAction;
    ConversationAssigned?: ConversationAssigned;
    ConversationJoin?: ConversationJoin;
    ConversationJoinReply?: ConversationJoinReply;
    ConversationJoined?: ConversationJoined;
    ConversationLeave?: ConversationLeave;
    ConversationLeaveReply?: ConversationLeaveReply;
    ConversationListUpdatedEvent?: ConversationListUpdatedEvent;
    ConversationMerged?: ConversationMerged;
    ConversationNewEvent?: ConversationNewEvent;
    ConversationOpened?: ConversationOpened;
    ConversationReceived?: ConversationReceived;
    ConversationTransfer?: ConversationTransfer;
    ConversationTransferReply?: ConversationTransferReply;
    ConversationTransferredEvent?: ConversationTransferredEvent;
    ConversationTypingEvent?: ConversationTypingEvent;
    ConversationUpdatedEvent?: ConversationUpdatedEvent;
    ConversationViewersEvent?: ConversationViewersEvent;
    Counts?: Counts;
    Decided?: Decided;
    Departure?: Departure;
    DeskChanged?: DeskChanged;
    DeskUpdatedEvent?: DeskUpdatedEvent;
    Done?: Done;
    EntryChanged?: EntryChanged;
    EntryGone?: EntryGone;
    Error?: Error;
    Expiry?: Expiry;
    GoingAway?: GoingAway;
    Handover?: Handover;
    Introduction?: Introduction;
    JoinClinic?: JoinClinic1;
    JoinConversation?: JoinConversation;
    Message?: Message;
    MessageNewEvent?: MessageNewEvent;
    MessageNotificationEvent?: MessageNotificationEvent;
    MessageRead?: MessageRead;
    MessageReadEvent?: MessageReadEvent;
    MessageReadReply?: MessageReadReply;
    MessageReceived?: MessageReceived;
    MessageUpdatedEvent?: MessageUpdatedEvent;
    MessagesRead?: MessagesRead;
    OneConversation?: OneConversation;
    Person?: Person;
    Ping?: Ping;
    PingReply?: PingReply;
    Pong?: Pong;
    PresenceList?: PresenceList;
    PresenceListReply?: PresenceListReply;
    PresenceListing?: PresenceListing;
    PresenceUpdate?: PresenceUpdate;
    PresenceUpdateEvent?: PresenceUpdateEvent;
    PresenceUpdateReply?: PresenceUpdateReply;
    Present?: Present;
    Reaction?: Reaction;
    ReadMark?: ReadMark;
    ReadUpTo?: ReadUpTo;
    Refresh?: Refresh;
    Refused?: Refused;
    Reset?: Reset;
    SessionChanged?: SessionChanged;
    SessionChangedEvent?: SessionChangedEvent;
    SessionRevoked?: SessionRevoked;
    SessionRevokedEvent?: SessionRevokedEvent;
    Since?: Since;
    SourceState?: SourceState;
    SourceStateEvent?: SourceStateEvent;
    StatusChange?: StatusChange;
    StatusSeen?: StatusSeen;
    StatusWish?: StatusWish;
    TokenExpiring?: TokenExpiring;
    Transfer?: Transfer;
    Transferred?: Transferred;
    Typing?: Typing;
    TypingStart?: TypingStart;
    TypingStartReply?: TypingStartReply;
    TypingStop?: TypingStop;
    TypingStopReply?: TypingStopReply;
    Typist?: Typist;
    UserStatusEvent?: UserStatusEvent;
    Viewer?: Viewer;
    Viewers?: Viewers;
}
/**
 * Something happened around a conversation: one more entry in its timeline.
 */
export interface ActionAdded {
    conversation_id: string;
    /**
     * Rises with every change of the thing; of two events the higher one is newer.
     */
    version: number;
    action: ConversationAction;
}
export interface ConversationAction {
    id: string;
    conversation_id: string;
    action_type: string;
    action_data: unknown;
    created_at: string;
}
export interface Attachment {
    id: string;
    file_name: string;
    /**
     * Null until the file was fetched.
     */
    file_path: string | null;
    file_type: string | null;
    file_size: number | null;
    /**
     * Whether the file is here: `pending` is being fetched, `none` is not fetched at all.
     */
    state: "none" | "pending" | "stored" | "failed" | "expired";
    metadata: {
        [k: string]: unknown;
    };
}
/**
 * Data of `auth`.
 */
export interface Auth {
    token: string;
}
/**
 * The first frame of a client that did not offer its token as a subprotocol.
 */
export interface AuthFrame {
    type: "auth";
    data: Auth;
}
/**
 * `auth` was carried out.
 */
export interface AuthReply {
    type: "reply";
    /**
     * The command's own; null where it had none, or none that could be read.
     */
    id: string | number | null;
    ok: true;
    data: Expiry;
}
/**
 * When a token ends.
 */
export interface Expiry {
    /**
     * Seconds since the epoch.
     */
    expires_at: number;
}
/**
 * Where a channel stands. Numbers begin anew with each epoch.
 */
export interface ChannelPosition {
    channel: string;
    seq: number;
    epoch: string;
}
/**
 * Have the clinic's events since a position; the channel itself was joined on connecting.
 */
export interface ClinicJoin {
    /**
     * Comes back in the reply.
     */
    id?: string | number | null;
    type: "clinic:join";
    data?: JoinClinic;
}
/**
 * Data of `clinic:join`.
 */
export interface JoinClinic {
    since?: Since | null;
}
/**
 * The last event the client has of a channel.
 */
export interface Since {
    seq: number;
    epoch: string;
}
/**
 * `clinic:join` was carried out.
 */
export interface ClinicJoinReply {
    type: "reply";
    /**
     * The command's own; null where it had none, or none that could be read.
     */
    id: string | number | null;
    ok: true;
    data: ClinicJoined;
}
/**
 * The clinic's events follow from this position on.
 */
export interface ClinicJoined {
    channel: string;
    seq: number;
    epoch: string;
    /**
     * Whether `events` is every event since `since`; if not, fetch anew.
     */
    recovered: boolean;
    events: (
        | ConversationNewEvent
        | ConversationListUpdatedEvent
        | ConversationTransferredEvent
        | DeskUpdatedEvent
        | SourceStateEvent
    )[];
}
/**
 * Somebody wrote for the first time.
 */
export interface ConversationNewEvent {
    /**
     * Rises by one within the channel and its epoch.
     */
    seq: number;
    /**
     * Another one: what came before is forgotten, so fetch what the channel shows.
     */
    epoch: string;
    type: "conversation:new";
    target: "global";
    targetId: string;
    channel: string;
    /**
     * When the event was made, in UTC.
     */
    timestamp: string;
    data: ConversationOpened;
}
/**
 * Somebody wrote for the first time.
 */
export interface ConversationOpened {
    conversation_id: string;
    clinic_id: string;
    timestamp: string;
    /**
     * Rises with every change of the thing; of two events the higher one is newer.
     */
    version: number;
}
/**
 * A conversation's entry in the clinic's list is new, another or gone: fetch it again.
 */
export interface ConversationListUpdatedEvent {
    /**
     * Rises by one within the channel and its epoch.
     */
    seq: number;
    /**
     * Another one: what came before is forgotten, so fetch what the channel shows.
     */
    epoch: string;
    type: "conversation:list:updated";
    target: "global";
    targetId: string;
    channel: string;
    /**
     * When the event was made, in UTC.
     */
    timestamp: string;
    data: EntryChanged | EntryGone;
}
/**
 * A conversation's entry in the clinic's list is there, or is a newer one: fetch it.
 */
export interface EntryChanged {
    conversationId: string;
    clinicId: string;
    eventType: "new" | "updated";
    timestamp: string;
    /**
     * Rises with every change of the thing; of two events the higher one is newer.
     */
    version: number;
}
/**
 * A conversation is no longer in the list: it went into another, or the person was erased.
 */
export interface EntryGone {
    conversationId: string;
    clinicId: string;
    eventType: "deleted";
    timestamp: string;
    /**
     * null: it went nowhere.
     */
    mergedInto: string | null;
    /**
     * Rises with every change of the thing; of two events the higher one is newer.
     */
    version: number;
}
/**
 * A conversation was handed to another user.
 */
export interface ConversationTransferredEvent {
    /**
     * Rises by one within the channel and its epoch.
     */
    seq: number;
    /**
     * Another one: what came before is forgotten, so fetch what the channel shows.
     */
    epoch: string;
    type: "conversation:transferred";
    target: "conversa" | "global";
    targetId: string;
    channel: string;
    /**
     * When the event was made, in UTC.
     */
    timestamp: string;
    data: Handover;
}
/**
 * A conversation was handed from one user to another.
 */
export interface Handover {
    conversation_id: string;
    /**
     * Whose it was; null: nobody's.
     */
    from_user: Person | null;
    to_user: Person;
    by: Person;
    /**
     * Whether there is a note; it stands in the conversation's timeline.
     */
    note: boolean;
    timestamp: string;
    /**
     * Rises with every change of the thing; of two events the higher one is newer.
     */
    version: number;
}
/**
 * A user of the clinic.
 */
export interface Person {
    id: string;
    name: string;
}
/**
 * A canned reply, a label or a user is new, another or gone.
 */
export interface DeskUpdatedEvent {
    /**
     * Rises by one within the channel and its epoch.
     */
    seq: number;
    /**
     * Another one: what came before is forgotten, so fetch what the channel shows.
     */
    epoch: string;
    type: "desk:updated";
    target: "global";
    targetId: string;
    channel: string;
    /**
     * When the event was made, in UTC.
     */
    timestamp: string;
    data: DeskChanged;
}
/**
 * What all agents of a clinic work with is another: a canned reply, a label, or a colleague.
 */
export interface DeskChanged {
    kind: "canned_reply" | "label" | "user";
    id: string;
    eventType: "new" | "updated" | "deleted";
    timestamp: string;
    /**
     * Rises with every change of the thing; of two events the higher one is newer.
     */
    version: number;
}
/**
 * A WhatsApp instance's line is open, closed, being paired.
 */
export interface SourceStateEvent {
    /**
     * Rises by one within the channel and its epoch.
     */
    seq: number;
    /**
     * Another one: what came before is forgotten, so fetch what the channel shows.
     */
    epoch: string;
    type: "source:state";
    target: "global";
    targetId: string;
    channel: string;
    /**
     * When the event was made, in UTC.
     */
    timestamp: string;
    data: SourceState;
}
/**
 * The line of a WhatsApp instance came into another state.
 */
export interface SourceState {
    source_id: string;
    name: string;
    state: "created" | "pairing" | "connecting" | "open" | "closed" | "refused" | "logged_out" | "removed";
    /**
     * For people: `logged out (401)`.
     */
    reason: string | null;
    at: string;
    /**
     * Rises with every change of the thing; of two events the higher one is newer.
     */
    version: number;
}
/**
 * The socket is authenticated, and has joined the user's, the clinic's and the presence channel.
 */
export interface Connected {
    type: "connected";
    data: Introduction;
}
/**
 * Who is connected as whom, and what was joined with that.
 */
export interface Introduction {
    /**
     * Tells the tabs of one user apart.
     */
    connection_id: string;
    user_id: string;
    clinic_id: string;
    /**
     * Milliseconds between the server's pings.
     */
    ping_interval: number;
    server_time: string;
    channels: ChannelPosition[];
}
export interface Conversation {
    id: string;
    contact_id: string;
    contact_name: string;
    contact_phone: string | null;
    /**
     * The id an outside system knows the conversation under.
     */
    external_id: string | null;
    status: "active" | "archived";
    priority: "low" | "normal" | "high" | "urgent";
    /**
     * A user's id.
     */
    assigned_to: string | null;
    unread_count: number;
    /**
     * The clinic's own labels; a client leaves out those it does not know.
     */
    label_ids: string[];
    last_message_id: string | null;
    /**
     * The beginning of the last message.
     */
    last_message: string | null;
    last_message_type: string | null;
    last_message_sender: string | null;
    /**
     * The last message's time, or `created_at` where there is none.
     */
    timestamp: string;
    created_at: string;
    updated_at: string;
    /**
     * Rises with every change; of two copies the higher one is newer.
     */
    version: number;
}
/**
 * Somebody made a conversation the user's.
 */
export interface ConversationAssigned {
    reason: "assigned";
    conversation_id: string;
    contact_name: string;
    from_user: Person1;
    timestamp: string;
    /**
     * Rises with every change of the thing; of two events the higher one is newer.
     */
    version: number;
}
/**
 * A user of the clinic.
 */
export interface Person1 {
    id: string;
    name: string;
}
/**
 * Have a conversation's events from now on, and those since a position.
 */
export interface ConversationJoin {
    /**
     * Comes back in the reply.
     */
    id?: string | number | null;
    type: "conversation:join";
    data: JoinConversation;
}
/**
 * Data of `conversation:join`.
 */
export interface JoinConversation {
    conversation_id: string;
    since?: Since | null;
}
/**
 * `conversation:join` was carried out.
 */
export interface ConversationJoinReply {
    type: "reply";
    /**
     * The command's own; null where it had none, or none that could be read.
     */
    id: string | number | null;
    ok: true;
    data: ConversationJoined;
}
/**
 * A conversation's events follow from this position on.
 */
export interface ConversationJoined {
    channel: string;
    seq: number;
    epoch: string;
    /**
     * The conversation's own id, whichever was asked for.
     */
    conversation_id: string;
    /**
     * Whether `events` is every event since `since`; if not, fetch anew.
     */
    recovered: boolean;
    events: (
        | MessageNewEvent
        | MessageUpdatedEvent
        | MessageReadEvent
        | ConversationUpdatedEvent
        | ConversationTransferredEvent
    )[];
    /**
     * Who types just now.
     */
    typing: Typing[];
    /**
     * Who has it open.
     */
    viewers: Viewer[];
}
/**
 * A message is in the conversation. The object is the REST API's.
 */
export interface MessageNewEvent {
    /**
     * Rises by one within the channel and its epoch.
     */
    seq: number;
    /**
     * Another one: what came before is forgotten, so fetch what the channel shows.
     */
    epoch: string;
    type: "message:new";
    target: "conversa";
    targetId: string;
    channel: string;
    /**
     * When the event was made, in UTC.
     */
    timestamp: string;
    data: Message;
}
export interface Message {
    id: string;
    conversation_id: string;
    sender_type: "patient" | "professional" | "ai" | "system";
    sender_name: string | null;
    sender_user_id: string | null;
    content: string;
    message_type: string;
    timestamp: string;
    status: "pending" | "sent" | "delivered" | "read" | "played" | "failed";
    client_message_id: string | null;
    /**
     * The provider's id of the message.
     */
    external_id: string | null;
    /**
     * The provider's id of the message this one answers.
     */
    reply_to: string | null;
    metadata: {
        [k: string]: unknown;
    };
    reactions: Reaction[];
    edited_at: string | null;
    /**
     * Where it is there, nobody is shown what the message said.
     */
    deleted_at: string | null;
    /**
     * Rises with every change; of two copies the higher one is newer.
     */
    version: number;
    attachments: Attachment[];
}
export interface Reaction {
    emoji: string;
    /**
     * `patient`, `professional` or, in a group, the participant's address.
     */
    by: string;
    at: string;
}
/**
 * A message has another status, text, reactions or files, or was deleted. The object is the REST API's.
 */
export interface MessageUpdatedEvent {
    /**
     * Rises by one within the channel and its epoch.
     */
    seq: number;
    /**
     * Another one: what came before is forgotten, so fetch what the channel shows.
     */
    epoch: string;
    type: "message:updated";
    target: "conversa";
    targetId: string;
    channel: string;
    /**
     * When the event was made, in UTC.
     */
    timestamp: string;
    data: Message;
}
/**
 * A user has read the conversation, up to a message.
 */
export interface MessageReadEvent {
    /**
     * Rises by one within the channel and its epoch.
     */
    seq: number;
    /**
     * Another one: what came before is forgotten, so fetch what the channel shows.
     */
    epoch: string;
    type: "message:read";
    target: "conversa";
    targetId: string;
    channel: string;
    /**
     * When the event was made, in UTC.
     */
    timestamp: string;
    data: MessagesRead;
}
/**
 * Somebody of the clinic has read a conversation up to a message, or all of it.
 */
export interface MessagesRead {
    conversation_id: string;
    message_id: string | null;
    unread_count: number;
    version: number;
    user_id: string;
}
/**
 * Something happened around the conversation, somebody decided about it, or it was merged with another.
 */
export interface ConversationUpdatedEvent {
    /**
     * Rises by one within the channel and its epoch.
     */
    seq: number;
    /**
     * Another one: what came before is forgotten, so fetch what the channel shows.
     */
    epoch: string;
    type: "conversation:updated";
    target: "conversa";
    targetId: string;
    channel: string;
    /**
     * When the event was made, in UTC.
     */
    timestamp: string;
    data: ActionAdded | Decided | ConversationMerged;
}
/**
 * Somebody decided whose a conversation is, whether it is open or how urgent; the action says who and what.
 */
export interface Decided {
    conversation_id: string;
    /**
     * A user's id.
     */
    assigned_to: string | null;
    status: "active" | "archived";
    priority: "low" | "normal" | "high" | "urgent";
    /**
     * Rises with every change of the thing; of two events the higher one is newer.
     */
    version: number;
    action: ConversationAction;
}
/**
 * Two conversations turned out to be with one person: the one went into the other. Fetch the latter.
 */
export interface ConversationMerged {
    conversation_id: string;
    merged_from: string;
    merged_into: string;
    /**
     * Rises with every change of the thing; of two events the higher one is newer.
     */
    version: number;
}
/**
 * Somebody types in a conversation, or no longer does. Who falls silent has stopped after 6 seconds.
 */
export interface Typing {
    conversation_id: string;
    user: Typist;
    typing: boolean;
    state: "composing" | "recording" | "paused" | "available" | "unavailable";
}
/**
 * Who types: a user of the clinic, or the patient, who has no id here; in a group, one of its participants.
 */
export interface Typist {
    id: string | null;
    name: string;
    kind: "agent" | "patient";
}
/**
 * A user who has a conversation open.
 */
export interface Viewer {
    user_id: string;
    name: string;
}
/**
 * Have a conversation's events no longer.
 */
export interface ConversationLeave {
    /**
     * Comes back in the reply.
     */
    id?: string | number | null;
    type: "conversation:leave";
    data: OneConversation;
}
/**
 * A conversation, by its own or its external id.
 */
export interface OneConversation {
    conversation_id: string;
}
/**
 * `conversation:leave` was carried out.
 */
export interface ConversationLeaveReply {
    type: "reply";
    /**
     * The command's own; null where it had none, or none that could be read.
     */
    id: string | number | null;
    ok: true;
    data: Done;
}
/**
 * Nothing is to be said.
 */
export interface Done {}
/**
 * A conversation was handed to the user.
 */
export interface ConversationReceived {
    reason: "transferred";
    conversation_id: string;
    contact_name: string;
    from_user: Person2;
    /**
     * Whether there is a note; it stands in the conversation's timeline.
     */
    note: boolean;
    timestamp: string;
    /**
     * Rises with every change of the thing; of two events the higher one is newer.
     */
    version: number;
}
/**
 * A user of the clinic.
 */
export interface Person2 {
    id: string;
    name: string;
}
/**
 * Hand a conversation to another user of the clinic.
 */
export interface ConversationTransfer {
    /**
     * Comes back in the reply.
     */
    id?: string | number | null;
    type: "conversation:transfer";
    data: Transfer;
}
/**
 * Data of `conversation:transfer`. Where `expected_assigned_to` is given, it must still be true (null: nobody).
 */
export interface Transfer {
    conversation_id: string;
    to_user_id: string;
    note?: string | null;
    expected_assigned_to?: string | null;
}
/**
 * `conversation:transfer` was carried out.
 */
export interface ConversationTransferReply {
    type: "reply";
    /**
     * The command's own; null where it had none, or none that could be read.
     */
    id: string | number | null;
    ok: true;
    data: Transferred;
}
export interface Transferred {
    conversation: Conversation;
    /**
     * The transfer in the timeline; null where it was the user's already.
     */
    action: ConversationAction | null;
    /**
     * False: it was the user's already, and nobody was told anything.
     */
    transferred: boolean;
}
/**
 * Somebody types, or no longer does.
 */
export interface ConversationTypingEvent {
    /**
     * The connection of whose client this comes.
     */
    origin?: string;
    type: "conversation:typing";
    target: "conversa";
    targetId: string;
    channel: string;
    /**
     * When the event was made, in UTC.
     */
    timestamp: string;
    data: Typing;
}
/**
 * Others have the conversation open now.
 */
export interface ConversationViewersEvent {
    /**
     * The connection of whose client this comes.
     */
    origin?: string;
    type: "conversation:viewers";
    target: "conversa";
    targetId: string;
    channel: string;
    /**
     * When the event was made, in UTC.
     */
    timestamp: string;
    data: Viewers;
}
/**
 * Everybody who has a conversation open and wants to be seen.
 */
export interface Viewers {
    conversation_id: string;
    viewers: Viewer[];
}
/**
 * How many users of the clinic are seen how.
 */
export interface Counts {
    online: number;
    away: number;
    busy: number;
}
/**
 * When to come back.
 */
export interface Departure {
    reconnect_ms: number;
}
/**
 * Why a command was not carried out. `code` is for programs, `message` for people.
 */
export interface Error {
    /**
     * One of the channel's `x-errors`.
     */
    code: string;
    message: string;
    /**
     * Whether the same may succeed later.
     */
    temporary: boolean;
    /**
     * After that time; there if `temporary`.
     */
    retry_ms?: number;
    /**
     * What else a program may need; there with some codes.
     */
    details?: {};
}
/**
 * The gateway ends this connection now: connect again after that time.
 */
export interface GoingAway {
    type: "going_away";
    data: Departure;
}
/**
 * Data of `clinic:join`.
 */
export interface JoinClinic1 {
    since?: Since | null;
}
/**
 * A patient wrote in a conversation of this user's, or one was handed to them. Never what somebody wrote.
 */
export interface MessageNotificationEvent {
    /**
     * Rises by one within the channel and its epoch.
     */
    seq: number;
    /**
     * Another one: what came before is forgotten, so fetch what the channel shows.
     */
    epoch: string;
    type: "message_notification";
    target: "atendente";
    targetId: string;
    channel: string;
    /**
     * When the event was made, in UTC.
     */
    timestamp: string;
    data: MessageReceived | ConversationReceived | ConversationAssigned;
}
/**
 * A patient wrote in a conversation of the user's.
 */
export interface MessageReceived {
    reason: "message";
    conversation_id: string;
    contact_name: string;
    message_id: string;
    message_type: string;
    timestamp: string;
    /**
     * Rises with every change of the thing; of two events the higher one is newer.
     */
    version: number;
}
/**
 * Mark a conversation's messages as read.
 */
export interface MessageRead {
    /**
     * Comes back in the reply.
     */
    id?: string | number | null;
    type: "message:read";
    data: ReadUpTo;
}
/**
 * Data of `message:read`: everything up to this message, or everything there is.
 */
export interface ReadUpTo {
    conversation_id: string;
    message_id?: string | null;
}
/**
 * `message:read` was carried out.
 */
export interface MessageReadReply {
    type: "reply";
    /**
     * The command's own; null where it had none, or none that could be read.
     */
    id: string | number | null;
    ok: true;
    data: ReadMark;
}
export interface ReadMark {
    conversation_id: string;
    message_id: string | null;
    unread_count: number;
    version: number;
}
/**
 * Is anybody there? Browsers can't see the protocol's own pings.
 */
export interface Ping {
    /**
     * Comes back in the reply.
     */
    id?: string | number | null;
    type: "ping";
}
/**
 * `ping` was carried out.
 */
export interface PingReply {
    type: "reply";
    /**
     * The command's own; null where it had none, or none that could be read.
     */
    id: string | number | null;
    ok: true;
    data: Pong;
}
/**
 * The gateway lives.
 */
export interface Pong {
    server_time: string;
}
/**
 * Ask who of the clinic is present.
 */
export interface PresenceList {
    /**
     * Comes back in the reply.
     */
    id?: string | number | null;
    type: "presence:list";
}
/**
 * `presence:list` was carried out.
 */
export interface PresenceListReply {
    type: "reply";
    /**
     * The command's own; null where it had none, or none that could be read.
     */
    id: string | number | null;
    ok: true;
    data: PresenceListing;
}
/**
 * Who of the clinic is present.
 */
export interface PresenceListing {
    users: Present[];
    counts: Counts;
    /**
     * Rises within the clinic; of two copies the higher is newer.
     */
    version: number;
    /**
     * Events do not arrive just now, so this may have changed.
     */
    stale: boolean;
}
/**
 * A user who is there.
 */
export interface Present {
    user_id: string;
    name: string;
    status: "online" | "away" | "busy" | "offline";
    /**
     * Rises within the clinic; of two copies the higher is newer.
     */
    version: number;
    since: string;
}
/**
 * Say how present the user is.
 */
export interface PresenceUpdate {
    /**
     * Comes back in the reply.
     */
    id?: string | number | null;
    type: "presence_update";
    data: StatusWish;
}
/**
 * Data of `presence_update`.
 */
export interface StatusWish {
    status: "online" | "away" | "busy" | "offline";
}
/**
 * The same as `user:status`, by its other name.
 */
export interface PresenceUpdateEvent {
    /**
     * The connection of whose client this comes.
     */
    origin?: string;
    type: "presence_update";
    target: "presence";
    targetId: string;
    channel: string;
    /**
     * When the event was made, in UTC.
     */
    timestamp: string;
    data: StatusChange;
}
/**
 * A user is seen differently now. With several tabs they are there as long as one of them is.
 */
export interface StatusChange {
    user_id: string;
    name: string;
    status: "online" | "away" | "busy" | "offline";
    /**
     * Rises within the clinic; of two copies the higher is newer.
     */
    version: number;
    previous: "online" | "away" | "busy" | "offline";
    at: string;
}
/**
 * `presence_update` was carried out.
 */
export interface PresenceUpdateReply {
    type: "reply";
    /**
     * The command's own; null where it had none, or none that could be read.
     */
    id: string | number | null;
    ok: true;
    data: StatusSeen;
}
/**
 * How the user is seen now.
 */
export interface StatusSeen {
    status: "online" | "away" | "busy" | "offline";
}
/**
 * Go on with a newer token of the same user, before the old one expires.
 */
export interface Refresh {
    /**
     * Comes back in the reply.
     */
    id?: string | number | null;
    type: "auth";
    data: Auth;
}
/**
 * The command was not carried out.
 */
export interface Refused {
    type: "reply";
    /**
     * The command's own; null where it had none, or none that could be read.
     */
    id: string | number | null;
    ok: false;
    error: Error;
}
/**
 * Events of the channel may be missing up to this position: fetch what it shows, and go on from here.
 */
export interface Reset {
    type: "reset";
    channel: string;
    data: ChannelPosition;
}
/**
 * The user may do other things now than their token says.
 */
export interface SessionChanged {
    user_id: string;
    role: string;
}
/**
 * The user's rights are others: fetch a newer token.
 */
export interface SessionChangedEvent {
    /**
     * Rises by one within the channel and its epoch.
     */
    seq: number;
    /**
     * Another one: what came before is forgotten, so fetch what the channel shows.
     */
    epoch: string;
    type: "session:changed";
    target: "atendente";
    targetId: string;
    channel: string;
    /**
     * When the event was made, in UTC.
     */
    timestamp: string;
    data: SessionChanged;
}
/**
 * Sessions of the user that began before a moment are over; their sockets are closed.
 */
export interface SessionRevoked {
    user_id: string;
    reason: "signed_out" | "signed_out_everywhere" | "deactivated" | "password_changed";
    /**
     * Seconds since the epoch.
     */
    revoked_before: number;
}
/**
 * Sessions of the user are over.
 */
export interface SessionRevokedEvent {
    /**
     * Rises by one within the channel and its epoch.
     */
    seq: number;
    /**
     * Another one: what came before is forgotten, so fetch what the channel shows.
     */
    epoch: string;
    type: "session:revoked";
    target: "atendente";
    targetId: string;
    channel: string;
    /**
     * When the event was made, in UTC.
     */
    timestamp: string;
    data: SessionRevoked;
}
/**
 * The token ends soon: send `auth` with a newer one, or be disconnected then.
 */
export interface TokenExpiring {
    type: "token_expiring";
    data: Expiry;
}
/**
 * Say that the user types in a conversation; to be renewed every 3 s while that is so.
 */
export interface TypingStart {
    /**
     * Comes back in the reply.
     */
    id?: string | number | null;
    type: "typing_start";
    data: OneConversation;
}
/**
 * `typing_start` was carried out.
 */
export interface TypingStartReply {
    type: "reply";
    /**
     * The command's own; null where it had none, or none that could be read.
     */
    id: string | number | null;
    ok: true;
    data: Done;
}
/**
 * Say that the user types no longer.
 */
export interface TypingStop {
    /**
     * Comes back in the reply.
     */
    id?: string | number | null;
    type: "typing_stop";
    data: OneConversation;
}
/**
 * `typing_stop` was carried out.
 */
export interface TypingStopReply {
    type: "reply";
    /**
     * The command's own; null where it had none, or none that could be read.
     */
    id: string | number | null;
    ok: true;
    data: Done;
}
/**
 * A user is seen differently now.
 */
export interface UserStatusEvent {
    /**
     * The connection of whose client this comes.
     */
    origin?: string;
    type: "user:status";
    target: "presence";
    targetId: string;
    channel: string;
    /**
     * When the event was made, in UTC.
     */
    timestamp: string;
    data: StatusChange;
}

export interface CommandData {
    "conversation:join": NonNullable<ConversationJoin["data"]>;
    "conversation:leave": NonNullable<ConversationLeave["data"]>;
    "clinic:join": NonNullable<ClinicJoin["data"]>;
    "typing_start": NonNullable<TypingStart["data"]>;
    "typing_stop": NonNullable<TypingStop["data"]>;
    "presence_update": NonNullable<PresenceUpdate["data"]>;
    "presence:list": Record<string, never>;
    "message:read": NonNullable<MessageRead["data"]>;
    "conversation:transfer": NonNullable<ConversationTransfer["data"]>;
    "auth": NonNullable<Refresh["data"]>;
    "ping": Record<string, never>;
}

export interface ReplyData {
    "conversation:join": ConversationJoinReply["data"];
    "conversation:leave": ConversationLeaveReply["data"];
    "clinic:join": ClinicJoinReply["data"];
    "typing_start": TypingStartReply["data"];
    "typing_stop": TypingStopReply["data"];
    "presence_update": PresenceUpdateReply["data"];
    "presence:list": PresenceListReply["data"];
    "message:read": MessageReadReply["data"];
    "conversation:transfer": ConversationTransferReply["data"];
    "auth": AuthReply["data"];
    "ping": PingReply["data"];
}

export interface EventData {
    "message:new": MessageNewEvent["data"];
    "message:updated": MessageUpdatedEvent["data"];
    "message:read": MessageReadEvent["data"];
    "conversation:new": ConversationNewEvent["data"];
    "conversation:updated": ConversationUpdatedEvent["data"];
    "conversation:list:updated": ConversationListUpdatedEvent["data"];
    "conversation:transferred": ConversationTransferredEvent["data"];
    "conversation:typing": ConversationTypingEvent["data"];
    "message_notification": MessageNotificationEvent["data"];
    "session:revoked": SessionRevokedEvent["data"];
    "session:changed": SessionChangedEvent["data"];
    "desk:updated": DeskUpdatedEvent["data"];
    "source:state": SourceStateEvent["data"];
    "user:status": UserStatusEvent["data"];
    "presence_update": PresenceUpdateEvent["data"];
    "conversation:viewers": ConversationViewersEvent["data"];
}
