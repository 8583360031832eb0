import type { components } from "./schema";

export type FieldError = components["schemas"]["FieldError"];
type Body = Partial<components["schemas"]["Problem"]> & Record<string, unknown>;

export const UNREACHABLE = 0;

/** Why a request failed. `status` is 0 where no answer came; `body` is the whole problem, also its fields of its own. */
export class Problem extends Error {
    readonly status: number;
    readonly code: string | null;
    readonly fields: readonly FieldError[];
    readonly retryAfterSeconds: number | null;
    readonly correlationId: string | null;
    readonly body: Body;

    constructor(status: number, body: Body, retryAfterSeconds: number | null = null) {
        super(body.detail ?? body.title ?? `HTTP ${status}`);
        this.name = "Problem";
        this.status = status;
        this.body = body;
        this.code = body.code ?? null;
        this.fields = body.errors ?? [];
        this.correlationId = body.correlation_id ?? null;
        this.retryAfterSeconds = retryAfterSeconds;
    }

    /** What is wrong with one field of what was sent, as `name` or as `person.name`. */
    field(path: string): string | undefined {
        return this.fields.find((error) => error.path === path)?.message;
    }
}

/** An answer that is no success, as a problem; a proxy's page in HTML is one too. */
export function problemOf(response: Response, body: unknown): Problem {
    const known = typeof body === "object" && body !== null ? (body as Body) : {};
    return new Problem(response.status, known, retryAfter(response.headers.get("Retry-After")));
}

/** Whatever was thrown, as a problem. */
export function asProblem(error: unknown): Problem {
    if (error instanceof Problem) return error;
    if (error instanceof TypeError || (error instanceof DOMException && error.name !== "AbortError"))
        return new Problem(UNREACHABLE, { code: "unreachable", detail: "The server did not answer." });
    return new Problem(-1, { detail: error instanceof Error ? error.message : String(error) });
}

/** Whether asking again, a little later, may help. */
export function isTemporary(problem: Problem): boolean {
    return problem.status === UNREACHABLE || problem.status === 429 || problem.status >= 500;
}

function retryAfter(header: string | null): number | null {
    const seconds = Number(header);
    return header !== null && Number.isFinite(seconds) && seconds >= 0 ? seconds : null;
}
