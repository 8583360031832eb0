import { asProblem, type Problem, problemOf } from "@/api/problem";
import { type Login, session } from "./session";

/** Begin a session. Throws a `Problem`. */
export async function signIn(email: string, password: string): Promise<void> {
    const response = await post("/api/auth/login", { "Content-Type": "application/json" }, { email, password });
    const body: unknown = await response.json().catch(() => null);
    if (!response.ok) throw problemOf(response, body);
    session.begin(body as Login);
}

/** End the sessions of this user, which the API does on all devices; here it ends even if the API is away. */
export async function signOut(): Promise<void> {
    const token = session.token();
    session.end("signed_out");
    if (token) await post("/api/auth/logout", { Authorization: `Bearer ${token}` }).catch(() => undefined);
}

/** The text (of `session`) that says why signing in failed. */
export function refusalKey(problem: Problem): string {
    if (problem.status === 401 || problem.status === 400) return "refused.wrong";
    if (problem.status === 429) return "refused.limited";
    return problem.status === 0 ? "refused.unreachable" : "refused.unavailable";
}

async function post(url: string, headers: Record<string, string>, body?: unknown): Promise<Response> {
    try {
        return await fetch(url, {
            method: "POST",
            headers,
            body: body === undefined ? undefined : JSON.stringify(body),
        });
    } catch (error) {
        throw asProblem(error);
    }
}
