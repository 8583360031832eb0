import { useQuery } from "@tanstack/react-query";
import { answer, api, ifMatch, type Schemas } from "@/api/client";
import { SOURCES_KEY } from "@/operations/sources/useSources";

export type SourceDetail = Schemas["SourceDetail"];

export function useSource(id: string) {
    return useQuery({
        queryKey: [...SOURCES_KEY, id],
        queryFn: ({ signal }) =>
            answer(api.GET("/api/sources/{source_id}", { params: { path: { source_id: id } }, signal })),
    });
}

export function createSource(body: Schemas["SourceBody"]) {
    return answer(api.POST("/api/sources", { body }));
}

export function changeSource(id: string, version: number, change: Partial<Schemas["SourceChangeBody"]>) {
    const body = change as Schemas["SourceChangeBody"];
    const params = { path: { source_id: id } };
    return answer(api.PATCH("/api/sources/{source_id}", { params, body, headers: ifMatch(version) }));
}

export function rotateToken(id: string, overlapSeconds: number) {
    const body = { overlap_seconds: overlapSeconds };
    return answer(api.POST("/api/sources/{source_id}/token", { params: { path: { source_id: id } }, body }));
}

export function setWebhook(id: string) {
    return answer(api.POST("/api/sources/{source_id}/webhook", { params: { path: { source_id: id } } }));
}
