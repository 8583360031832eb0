import type { Action, Attachment, Conversation, TimelineMessage } from "../entities";

// Things for tests, as the API gives them; a test says what it is about.

export function conversation(told: Partial<Conversation> = {}): Conversation {
    return {
        id: "1",
        contact_id: "1",
        contact_name: "Maria Silva",
        contact_phone: "5511965860124",
        external_id: null,
        status: "active",
        priority: "normal",
        assigned_to: null,
        unread_count: 0,
        label_ids: [],
        last_message_id: "1",
        last_message: "Bom dia!",
        last_message_type: "text",
        last_message_sender: "patient",
        timestamp: "2025-06-27T10:00:00.000-03:00",
        created_at: "2025-06-27T09:00:00.000-03:00",
        updated_at: "2025-06-27T10:00:00.000-03:00",
        version: 1,
        ...told,
    };
}

export function message(told: Partial<TimelineMessage> = {}): TimelineMessage {
    return {
        id: "1",
        conversation_id: "1",
        sender_type: "patient",
        sender_name: "Maria",
        sender_user_id: null,
        content: "Bom dia!",
        message_type: "text",
        timestamp: "2025-06-27T10:00:00.000-03:00",
        status: "delivered",
        client_message_id: null,
        external_id: null,
        reply_to: null,
        metadata: {},
        reactions: [],
        edited_at: null,
        deleted_at: null,
        version: 1,
        attachments: [],
        key: told.client_message_id ? `client:${told.client_message_id}` : `id:${told.id ?? "1"}`,
        outbox: null,
        ...told,
    };
}

export function action(told: Partial<Action> = {}): Action {
    return {
        id: "1",
        conversation_id: "1",
        action_type: "conversation_archived",
        action_data: { by: { id: "1", name: "Ana Souza" } },
        created_at: "2025-06-27T10:00:00.000-03:00",
        ...told,
    };
}

export function attachment(told: Partial<Attachment> = {}): Attachment {
    return {
        id: "1",
        file_name: "exame.pdf",
        file_path: "/api/attachments/1",
        file_type: "application/pdf",
        file_size: 1000,
        state: "stored",
        metadata: {},
        ...told,
    };
}
