import { useQuery } from "@tanstack/react-query";
import { answer, api, ifMatch, type Schemas } from "@/api/client";

export type Label = Schemas["Label"];
export const LABELS_KEY = ["labels"] as const;
const PAGE = 200;

/** All labels of the clinic, by name. */
export function useAllLabels() {
    return useQuery({ queryKey: [...LABELS_KEY, "all"], queryFn: ({ signal }) => all(signal) });
}

async function all(signal: AbortSignal): Promise<Label[]> {
    const found: Label[] = [];
    let cursor: string | null = null;
    do {
        const page: Schemas["LabelList"] = await answer(
            api.GET("/api/labels", { params: { query: { cursor, limit: PAGE } }, signal }),
        );
        found.push(...page.labels);
        cursor = page.next_cursor;
    } while (cursor !== null);
    return found;
}

export function createLabel(body: Schemas["NewLabel"]) {
    return answer(api.POST("/api/labels", { body }));
}

export function changeLabel(id: string, version: number, body: Schemas["LabelChange"]) {
    const params = { path: { label_id: id } };
    return answer(api.PATCH("/api/labels/{label_id}", { params, body, headers: ifMatch(version) }));
}

export function deleteLabel({ id, version }: Label) {
    return answer(
        api.DELETE("/api/labels/{label_id}", { params: { path: { label_id: id } }, headers: ifMatch(version) }),
    );
}
