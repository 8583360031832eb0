import { type KeyboardEvent, useEffect, useId, useRef, useState } from "react";
import { answer, api } from "@/api/client";
import { useCannedReplies } from "../desk/useCannedReplies";
import type { CannedReply } from "../entities";
import { matching, slashAt, withReply } from "./slash";

type Box = { text: string; caret: number; set: (text: string, caret: number) => void };

/** Canned replies by `/`: which there are, which is chosen, and putting it into the box with its variables filled in. */
export function useCanned(conversationId: string, box: Box, onMissing: (names: string[]) => void) {
    const id = useId();
    const [dismissed, setDismissed] = useState<number | null>(null);
    const [active, setActive] = useState(0);
    const latest = useRef(box);
    useEffect(() => {
        latest.current = box;
    });
    const found = slashAt(box.text, box.caret);
    const slash = found && found.from !== dismissed ? found : null;
    const all = useCannedReplies(slash !== null);
    const replies = slash ? matching(all, slash.query) : [];
    const chosen = Math.min(active, Math.max(0, replies.length - 1));

    const choose = async (reply: CannedReply) => {
        if (!slash) return;
        const word = box.text.slice(slash.from, slash.to);
        const rendered = await render(reply, conversationId);
        const { text, set } = latest.current;
        // Somebody who wrote on meanwhile keeps that; where the word is gone, there is nothing to replace.
        if (text.slice(slash.from, slash.to) !== word) return;
        const done = withReply(text, slash, rendered.content);
        setActive(0);
        set(done.text, done.caret);
        if (rendered.missing.length > 0) onMissing(rendered.missing);
    };

    /** Whether the key was one of the menu's. */
    const onKey = (event: KeyboardEvent): boolean => {
        if (!slash || event.nativeEvent.isComposing) return false;
        const reply = replies[chosen];
        switch (event.key) {
            case "ArrowDown":
                setActive(Math.min(chosen + 1, replies.length - 1));
                return true;
            case "ArrowUp":
                setActive(Math.max(0, chosen - 1));
                return true;
            case "Escape":
                setDismissed(slash.from);
                return true;
            case "Enter":
            case "Tab":
                if (!reply) return false;
                void choose(reply);
                return true;
            default:
                setActive(0);
                return false;
        }
    };
    return {
        id,
        open: slash !== null && (all.length > 0 || slash.query === ""),
        replies,
        active: chosen,
        choose,
        onKey,
    };
}

// Without an answer the reply goes in as it was written: its variables then show what is to be filled in.
async function render(reply: CannedReply, conversationId: string): Promise<{ content: string; missing: string[] }> {
    const params = { path: { reply_id: reply.id }, query: { conversation_id: conversationId } };
    return answer(api.GET("/api/canned-replies/{reply_id}/rendered", { params })).catch(() => ({
        content: reply.content,
        missing: [],
    }));
}
