import type { Session } from "@/session/session";

type Fetch = (request: Request) => Promise<Response>;

/** A fetch with the session's token. A 401 for the token that is still the current one ends the session. */
export function authorizedFetch(session: Session, fetch: Fetch): Fetch {
    return async (request) => {
        if (request.headers.has("Authorization")) return fetch(request);
        await session.refreshIfDue();
        const token = session.token();
        const again = request.clone();
        const response = await send(fetch, request, token);
        if (response.status !== 401 || token === null) return response;
        const newer = session.token();
        if (newer !== null && newer !== token) return send(fetch, again, newer);
        session.end("expired", token);
        return response;
    };
}

function send(fetch: Fetch, request: Request, token: string | null): Promise<Response> {
    if (token !== null) request.headers.set("Authorization", `Bearer ${token}`);
    return fetch(request);
}
