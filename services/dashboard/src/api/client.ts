import createClient from "openapi-fetch";
import { session } from "@/session/session";
import { authorizedFetch } from "./authorized-fetch";
import { Problem, problemOf } from "./problem";
import type { components, paths } from "./schema";

export type Schemas = components["schemas"];

/** The REST API, typed by its OpenAPI document, as whoever is signed in. */
export const api = createClient<paths>({
    baseUrl: globalThis.location?.origin ?? "",
    fetch: authorizedFetch(session, (request) => globalThis.fetch(request)),
});

type Call<T> = Promise<{ data?: T; error?: unknown; response: Response }>;

/** The answer of a call: `await answer(api.GET("/api/users"))`. Throws a `Problem`. */
export async function answer<T>(call: Call<T>): Promise<T> {
    const { data, error, response } = await call;
    if (!response.ok || (error !== undefined && data === undefined)) throw problemOf(response, error);
    return data as T;
}

/** The same with its entity tag, for `ifMatch` in a later change. */
export async function answerWithTag<T>(call: Call<T>): Promise<{ data: T; tag: string | null }> {
    const { response } = await call;
    return { data: await answer(call), tag: response.headers.get("ETag") };
}

/** The header by which a change holds only if nobody changed the thing meanwhile: for a version, or a tag as it came. */
export function ifMatch(versionOrTag: number | string): { "If-Match": string } {
    const text = String(versionOrTag);
    return { "If-Match": /^(W\/)?"/.test(text) || text === "*" ? text : `"${text}"` };
}

/** Whether a change was refused because the thing changed meanwhile; `problem.body` says how it is now. */
export function isStale(error: unknown): error is Problem {
    return error instanceof Problem && (error.status === 412 || error.code === "stale_assignment");
}
