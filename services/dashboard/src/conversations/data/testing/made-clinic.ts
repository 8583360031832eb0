import type { LiveEvent } from "@/realtime/contract";
import type { TimelinePages } from "../timeline-pages";
import type { ListOf, ListPages } from "../list-pages";
import { fits } from "../filters";
import { byActivity, byTime } from "../order";
import type { Conversation, ConversationAction, ConversationDetail, Message } from "../types";

const time = (minute: number) => new Date(Date.UTC(2026, 0, 1, 12, minute)).toISOString();

/** A server as far as events and snapshots go: what it did, what it told of that, and what it answers now. */
export class MadeClinic {
    readonly conversations = new Map<string, Conversation>();
    readonly messages = new Map<string, Message[]>();
    readonly actions = new Map<string, ConversationAction[]>();
    readonly told: LiveEvent[] = [];
    private minute = 0;
    private ids = 0;

    open(id: string): void {
        const at = time((this.minute += 1));
        const conversation: Conversation = {
            id,
            contact_id: id,
            contact_name: `Contact ${id}`,
            contact_phone: null,
            external_id: null,
            status: "active",
            priority: "normal",
            assigned_to: null,
            unread_count: 0,
            label_ids: [],
            last_message_id: null,
            last_message: null,
            last_message_type: null,
            last_message_sender: null,
            timestamp: at,
            created_at: at,
            updated_at: at,
            version: 1,
        };
        this.conversations.set(id, conversation);
        this.messages.set(id, []);
        this.actions.set(id, []);
        this.tellEntry(id, "new");
    }

    write(id: string, sender: "patient" | "professional"): void {
        const message = this.made(id, sender);
        this.messages.get(id)?.push(message);
        const unread = this.now(id).unread_count + (sender === "patient" ? 1 : 0);
        this.become(id, {
            last_message_id: message.id,
            last_message: message.content,
            last_message_sender: sender,
            last_message_type: "text",
            timestamp: message.timestamp,
            unread_count: unread,
        });
        this.tell("message:new", `conversa:${id}`, message);
        this.tellEntry(id, "updated");
    }

    alter(id: string, pick: number, change: Partial<Message>): void {
        const list = this.messages.get(id) ?? [];
        const known = list[pick % Math.max(1, list.length)];
        if (!known) return;
        const message = { ...known, ...change, version: known.version + 1 };
        this.messages.set(
            id,
            list.map((other) => (other.id === message.id ? message : other)),
        );
        this.tell("message:updated", `conversa:${id}`, message);
    }

    decide(id: string, change: Partial<Pick<Conversation, "assigned_to" | "status" | "priority">>): void {
        const { assigned_to, status, priority, version } = this.become(id, change);
        const action = {
            id: String((this.ids += 1)),
            conversation_id: id,
            action_type: "decided",
            action_data: {},
            created_at: time((this.minute += 1)),
        };
        this.actions.get(id)?.push(action);
        this.tell("conversation:updated", `conversa:${id}`, {
            conversation_id: id,
            assigned_to,
            status,
            priority,
            version,
            action,
        });
        this.tellEntry(id, "updated");
    }

    read(id: string): void {
        const { version } = this.become(id, { unread_count: 0 });
        this.tell("message:read", `conversa:${id}`, {
            conversation_id: id,
            message_id: null,
            unread_count: 0,
            user_id: "1",
            version,
        });
        this.tellEntry(id, "updated");
    }

    erase(id: string): void {
        const version = this.now(id).version + 1;
        this.conversations.delete(id);
        this.tell("conversation:list:updated", "empresa:1", {
            conversationId: id,
            clinicId: "1",
            eventType: "deleted",
            mergedInto: null,
            timestamp: "",
            version,
        });
    }

    has(id: string): boolean {
        return this.conversations.has(id);
    }

    detail(id: string): ConversationDetail {
        return {
            conversation: this.now(id),
            messages: [...(this.messages.get(id) ?? [])].sort(byTime),
            actions: [...(this.actions.get(id) ?? [])],
            has_more: false,
        };
    }

    list({ filters, me }: ListOf, size: number): ListPages {
        const all = [...this.conversations.values()]
            .filter((conversation) => fits(filters, conversation, me) === true)
            .sort(byActivity);
        const shown = all.slice(0, size);
        return {
            pageParams: [null],
            pages: [{ conversations: shown, total: all.length, next_cursor: all.length > size ? "more" : null }],
        };
    }

    timeline(id: string): TimelinePages {
        const { conversation, messages, actions } = this.detail(id);
        return { pageParams: [null], pages: [{ head: { conversation, actions }, messages, next_before: null }] };
    }

    private now(id: string): Conversation {
        const known = this.conversations.get(id);
        if (!known) throw new Error(`there is no conversation ${id}`);
        return known;
    }

    private become(id: string, change: Partial<Conversation>): Conversation {
        const next = { ...this.now(id), ...change, version: this.now(id).version + 1 };
        this.conversations.set(id, next);
        return next;
    }

    private made(id: string, sender: "patient" | "professional"): Message {
        const number = (this.ids += 1);
        return {
            id: String(number),
            conversation_id: id,
            sender_type: sender,
            sender_name: null,
            sender_user_id: sender === "patient" ? null : "1",
            content: `message ${number}`,
            message_type: "text",
            timestamp: time((this.minute += 1)),
            status: "pending",
            client_message_id: null,
            external_id: null,
            reply_to: null,
            metadata: {},
            reactions: [],
            edited_at: null,
            deleted_at: null,
            version: 1,
            attachments: [],
        };
    }

    private tellEntry(id: string, eventType: "new" | "updated"): void {
        const { version } = this.now(id);
        this.tell("conversation:list:updated", "empresa:1", {
            conversationId: id,
            clinicId: "1",
            eventType,
            timestamp: "",
            version,
        });
    }

    private tell(type: LiveEvent["type"], channel: string, data: unknown): void {
        this.told.push({ type, channel, targetId: "", timestamp: "", data } as unknown as LiveEvent);
    }
}
