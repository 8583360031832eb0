import { useEffect, useRef, useSyncExternalStore } from "react";
import type { Conversation } from "../entities";

/** Marks a conversation as read while somebody looks at it: in a tab that is seen, once for each version of it. */
export function useReadMark(conversation: Conversation, markRead: () => void): void {
    const seen = useSyncExternalStore(onVisibility, () => document.visibilityState === "visible");
    const tried = useRef(0);
    const { unread_count, version } = conversation;
    useEffect(() => {
        // A refused mark is not asked for again and again; the next message is a new reason.
        if (!seen || unread_count === 0 || tried.current >= version) return;
        tried.current = version;
        markRead();
    }, [seen, unread_count, version, markRead]);
}

function onVisibility(changed: () => void): () => void {
    document.addEventListener("visibilitychange", changed);
    return () => document.removeEventListener("visibilitychange", changed);
}
