import { useQuery } from "@tanstack/react-query";
import { answer, api } from "@/api/client";
import type { CannedReply } from "../entities";

export const CANNED_REPLIES_KEY = ["canned-replies"] as const;

async function allReplies(): Promise<CannedReply[]> {
    const replies: CannedReply[] = [];
    for (let cursor: string | undefined; ;) {
        const page = await answer(api.GET("/api/canned-replies", { params: { query: { limit: 200, cursor } } }));
        replies.push(...page.canned_replies);
        if (page.next_cursor === null) return replies;
        cursor = page.next_cursor;
    }
}

/** The clinic's canned replies, all of them: choosing among them must not wait for the network at every letter. */
export function useCannedReplies(enabled: boolean): CannedReply[] {
    const { data } = useQuery({ queryKey: CANNED_REPLIES_KEY, queryFn: allReplies, staleTime: 5 * 60_000, enabled });
    return data ?? [];
}
