import { useQuery } from "@tanstack/react-query";
import { answer, api, type Schemas } from "@/api/client";

export type ServiceToken = Schemas["ServiceToken"];
export type Scope = ServiceToken["scopes"][number];
export const TOKENS_KEY = ["service-tokens"] as const;
export const SCOPES = [
    "conversations:read",
    "conversations:write",
    "messages:send",
    "actions:write",
    "contacts:read",
    "contacts:write",
    "operations:read",
] as const satisfies readonly Scope[];
const PAGE = 200;

/** All tokens of the clinic's integrations, the newest first, also those that are over. */
export function useServiceTokens() {
    return useQuery({ queryKey: TOKENS_KEY, queryFn: ({ signal }) => allTokens(signal) });
}

async function allTokens(signal: AbortSignal): Promise<ServiceToken[]> {
    const found: ServiceToken[] = [];
    let cursor: string | null = null;
    do {
        const page: Schemas["ServiceTokenList"] = await answer(
            api.GET("/api/service-tokens", { params: { query: { cursor, limit: PAGE } }, signal }),
        );
        found.push(...page.tokens);
        cursor = page.next_cursor;
    } while (cursor !== null);
    return found.reverse();
}

const path = (id: string) => ({ path: { token_id: id } });

export function createServiceToken(body: Schemas["ServiceTokenBody"]) {
    return answer(api.POST("/api/service-tokens", { body }));
}

export function rotateServiceToken(id: string, overlapSeconds: number) {
    const body = { overlap_seconds: overlapSeconds };
    return answer(api.POST("/api/service-tokens/{token_id}/rotation", { params: path(id), body }));
}

export function revokeServiceToken(id: string) {
    return answer(api.DELETE("/api/service-tokens/{token_id}", { params: path(id) }));
}
