import { useQuery } from "@tanstack/react-query";
import { answer, api, ifMatch, type Schemas } from "@/api/client";

export type Destination = Schemas["Destination"];
export const DESTINATIONS_KEY = ["webhook-destinations"] as const;
export const EVENTS = ["message.created", "conversation.updated", "conversation.transferred"] as const;
const LOOK_MS = 10_000;

export function useDestinations() {
    return useQuery({
        queryKey: DESTINATIONS_KEY,
        queryFn: ({ signal }) => answer(api.GET("/api/webhook-destinations", { signal })),
        refetchInterval: LOOK_MS,
    });
}

const path = (id: string) => ({ path: { destination_id: id } });

export function createDestination(body: Schemas["DestinationBody"]) {
    return answer(api.POST("/api/webhook-destinations", { body }));
}

export function changeDestination(id: string, version: number, change: Partial<Schemas["DestinationChangeBody"]>) {
    const body = change as Schemas["DestinationChangeBody"];
    const request = { params: path(id), body, headers: ifMatch(version) };
    return answer(api.PATCH("/api/webhook-destinations/{destination_id}", request));
}

export function deleteDestination(id: string) {
    return answer(api.DELETE("/api/webhook-destinations/{destination_id}", { params: path(id) }));
}

export function rotateSecret(id: string, overlapHours: number) {
    const body = { overlap_hours: overlapHours };
    return answer(api.POST("/api/webhook-destinations/{destination_id}/secret", { params: path(id), body }));
}

export function testDestination(id: string) {
    return answer(api.POST("/api/webhook-destinations/{destination_id}/test", { params: path(id) }));
}
