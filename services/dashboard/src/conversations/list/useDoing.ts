import { useQueryClient } from "@tanstack/react-query";
import { useCallback, useSyncExternalStore } from "react";
import { conversationKeys } from "../data/keys";
import type { Doing } from "./RowPreview";

const TYPING = conversationKeys.typing("").slice(0, -1).join(" ");

/** Who types in conversations whose events arrive, for rows of the list. */
export function useDoing(): (conversationId: string) => Doing {
    const queries = useQueryClient();
    const cache = queries.getQueryCache();
    const subscribe = useCallback(
        (changed: () => void) =>
            cache.subscribe((event) => {
                if (event.query.queryKey.slice(0, 2).join(" ") === TYPING) changed();
            }),
        [cache],
    );
    const read = (conversationId: string): Doing => {
        const typing = queries.getQueryData<{ kind: string; state: string }[]>(conversationKeys.typing(conversationId));
        const patient = typing?.find(({ kind }) => kind === "patient");
        if (!patient) return null;
        return patient.state === "recording" ? "recording" : "typing";
    };
    useSyncExternalStore(subscribe, () =>
        cache
            .getAll()
            .filter(isTyping)
            .map((query) => query.state.dataUpdatedAt)
            .join(),
    );
    return read;
}

function isTyping(query: { queryKey: readonly unknown[] }): boolean {
    return query.queryKey.slice(0, 2).join(" ") === TYPING;
}
