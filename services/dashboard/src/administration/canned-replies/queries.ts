import { useQuery } from "@tanstack/react-query";
import { answer, api, ifMatch, type Schemas } from "@/api/client";

export type CannedReply = Schemas["CannedReply"];
export const REPLIES_KEY = ["canned-replies"] as const;
const PAGE = 200;

/** All canned replies of the clinic, by their shortcuts. */
export function useCannedReplies() {
    return useQuery({ queryKey: [...REPLIES_KEY, "all"], queryFn: ({ signal }) => all(signal) });
}

async function all(signal: AbortSignal): Promise<CannedReply[]> {
    const found: CannedReply[] = [];
    let cursor: string | null = null;
    do {
        const page: Schemas["CannedReplyList"] = await answer(
            api.GET("/api/canned-replies", { params: { query: { cursor, limit: PAGE } }, signal }),
        );
        found.push(...page.canned_replies);
        cursor = page.next_cursor;
    } while (cursor !== null);
    return found;
}

export function createReply(body: Schemas["NewCannedReply"]) {
    return answer(api.POST("/api/canned-replies", { body }));
}

export function changeReply(id: string, version: number, body: Schemas["CannedReplyChange"]) {
    const params = { path: { reply_id: id } };
    return answer(api.PATCH("/api/canned-replies/{reply_id}", { params, body, headers: ifMatch(version) }));
}

export function deleteReply({ id, version }: CannedReply) {
    const params = { path: { reply_id: id } };
    return answer(api.DELETE("/api/canned-replies/{reply_id}", { params, headers: ifMatch(version) }));
}
