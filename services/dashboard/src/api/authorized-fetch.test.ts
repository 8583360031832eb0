import { expect, test, vi } from "vitest";
import type { Session } from "@/session/session";
import { authorizedFetch } from "./authorized-fetch";

function sessionWith(tokens: (string | null)[]): Session {
    return {
        identity: () => null,
        token: () => (tokens.length > 1 ? tokens.shift() : tokens[0]) ?? null,
        endedBy: () => null,
        subscribe: () => () => undefined,
        begin: () => undefined,
        update: () => undefined,
        end: vi.fn<Session["end"]>(),
        refreshIfDue: () => Promise.resolve(),
    };
}

const request = () => new Request("http://desk.test/api/users", { method: "POST", body: "x" });
const sent = (fetch: ReturnType<typeof vi.fn>) =>
    fetch.mock.calls.map(([each]) => (each as Request).headers.get("Authorization"));

test("a request carries the token, and its answer is given as it is", async () => {
    const fetch = vi.fn(() => Promise.resolve(new Response("ok", { status: 503 })));
    const response = await authorizedFetch(sessionWith(["a"]), fetch)(request());
    expect(sent(fetch)).toEqual(["Bearer a"]);
    expect(response.status).toBe(503);
});

test("a refused token ends the session that it belongs to", async () => {
    const session = sessionWith(["a"]);
    const response = await authorizedFetch(session, () => Promise.resolve(new Response("", { status: 401 })))(
        request(),
    );
    expect(session.end).toHaveBeenCalledWith("expired", "a");
    expect(response.status).toBe(401);
});

test("a request whose token was exchanged meanwhile is made again, body and all", async () => {
    const session = sessionWith(["a", "b"]);
    const bodies: string[] = [];
    const fetch = vi.fn(async (each: Request) => {
        bodies.push(await each.text());
        return new Response("", { status: each.headers.get("Authorization") === "Bearer b" ? 200 : 401 });
    });
    const response = await authorizedFetch(session, fetch)(request());
    expect(response.status).toBe(200);
    expect(bodies).toEqual(["x", "x"]);
    expect(session.end).not.toHaveBeenCalled();
});

test("a request that nobody's session makes ends none", async () => {
    const session = sessionWith([null]);
    const fetch = vi.fn(() => Promise.resolve(new Response("", { status: 401 })));
    await authorizedFetch(session, fetch)(request());
    expect(sent(fetch)).toEqual([null]);
    expect(session.end).not.toHaveBeenCalled();
});
