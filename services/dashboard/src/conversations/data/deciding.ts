import { answer, api } from "@/api/client";
import type { components } from "@/api/schema";
import type { Desk } from "./desk";
import type { Fields } from "./live-conversation";
import type { Conversation } from "./types";

type ChangeBody = components["schemas"]["ChangeBody"];

/** Shows a conversation as it will be; the answer takes that back. */
export function showDecision({ decisions, cache }: Desk, conversationId: string, fields: Fields): () => void {
    const conversation = cache.known(conversationId);
    if (!conversation) return () => undefined;
    const token = crypto.randomUUID();
    decisions.add({ token, conversation, fields });
    return () => decisions.remove(token);
}

export async function change(conversationId: string, body: Partial<ChangeBody>): Promise<Conversation> {
    const params = { path: { conversation_id: conversationId } };
    const call = api.PATCH("/api/conversations-simple/{conversation_id}", { params, body: body as ChangeBody });
    return (await answer(call)).conversation;
}

export function settleDecision({ cache }: Desk, conversation: Conversation): void {
    cache.apply({ change: "entry", conversation });
}
