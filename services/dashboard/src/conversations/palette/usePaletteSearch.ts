import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { useEffect, useState } from "react";
import { answer, api } from "@/api/client";

const PAUSE_MS = 200;
const SHORTEST = 2;
const SHOWN = 6;

async function find(q: string) {
    const query = { q, limit: SHOWN };
    const [conversations, contacts, messages] = await Promise.all([
        answer(api.GET("/api/conversations-simple", { params: { query } })),
        answer(api.GET("/api/contacts", { params: { query } })),
        answer(api.GET("/api/search", { params: { query } })),
    ]);
    return {
        conversations: conversations.conversations,
        contacts: contacts.contacts,
        messages: messages.results,
    };
}

/** Conversations, contacts and messages by what is typed, once typing pauses. */
export function usePaletteSearch(text: string) {
    const [q, setQ] = useState("");
    useEffect(() => {
        const timer = setTimeout(() => setQ(text.trim()), PAUSE_MS);
        return () => clearTimeout(timer);
    }, [text]);
    const enabled = q.length >= SHORTEST;
    const { data, isFetching, error } = useQuery({
        queryKey: ["palette", q],
        queryFn: () => find(q),
        enabled,
        staleTime: 10_000,
        placeholderData: keepPreviousData,
    });
    return { found: enabled ? data : undefined, searching: enabled && isFetching, error: enabled ? error : null };
}
