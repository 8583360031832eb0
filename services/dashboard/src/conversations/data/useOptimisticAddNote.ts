import { useCallback, useState } from "react";
import type { OutboxEntry } from "@/realtime/outbox/entry";
import type { OptimisticAction } from "./contract";
import type { Desk } from "./desk";
import { useDesk } from "./DeskContext";

export interface AddNote {
    conversationId: string;
    content: string;
}

type Standing = Pick<OptimisticAction<AddNote>, "state" | "error">;
const IDLE: Standing = { state: "idle", error: null };

/** Writes a note for colleagues: shown at once, sent as soon as can be, and taken back if the server refuses. */
export function useOptimisticAddNote(): OptimisticAction<AddNote> {
    const desk = useDesk();
    const [standing, setStanding] = useState(IDLE);
    const run = useCallback(
        async (note: AddNote) => {
            setStanding({ state: "running", error: null });
            const error = await written(desk, note);
            setStanding({ state: error ? "rolled-back" : "done", error });
            if (error)
                desk.feedback.tell({ token: crypto.randomUUID(), action: "addNote", state: "rolled-back", error });
            return error === null;
        },
        [desk],
    );
    const reset = useCallback(() => setStanding(IDLE), []);
    return { run, ...standing, reset };
}

/** Why it was refused; null once the server has it. */
async function written({ outbox }: Desk, { conversationId, content }: AddNote): Promise<Error | null> {
    const clientMessageId = crypto.randomUUID();
    try {
        outbox.add({
            clientMessageId,
            conversationId,
            kind: "note",
            content,
            messageType: "text",
            attachmentIds: [],
            replyTo: null,
        });
    } catch (error) {
        return error instanceof Error ? error : new Error(String(error));
    }
    const left = await settled(outbox, clientMessageId);
    if (!left?.refusal) return null;
    outbox.discard(clientMessageId);
    return new Error(left.refusal.message);
}

function settled(outbox: Desk["outbox"], clientMessageId: string): Promise<OutboxEntry | null> {
    const find = () => outbox.entries().find((entry) => entry.clientMessageId === clientMessageId);
    return new Promise((resolve) => {
        const look = () => {
            const entry = find();
            if (entry && entry.state !== "refused") return;
            end();
            resolve(entry ?? null);
        };
        const end = outbox.subscribe(look);
    });
}
