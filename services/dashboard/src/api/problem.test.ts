import { expect, test } from "vitest";
import { ifMatch } from "./client";
import { asProblem, isTemporary, Problem, problemOf } from "./problem";

test("a problem names what is wrong with each field", () => {
    const body = {
        detail: "See errors.",
        errors: [{ path: "name", message: "too long" }],
        code: "x",
        correlation_id: "c",
    };
    const problem = problemOf(Response.json(body, { status: 400 }), body);
    expect([problem.status, problem.code, problem.correlationId]).toEqual([400, "x", "c"]);
    expect(problem.field("name")).toBe("too long");
    expect(problem.field("email")).toBeUndefined();
});

test("an answer of something that is not the API is a problem too", () => {
    const problem = problemOf(new Response("<h1>Bad gateway</h1>", { status: 502 }), "<h1>Bad gateway</h1>");
    expect(problem.status).toBe(502);
    expect(isTemporary(problem)).toBe(true);
});

test("how long to wait is read where it is a number of seconds", () => {
    const after = (value: string) =>
        problemOf(new Response("", { status: 429, headers: { "Retry-After": value } }), null).retryAfterSeconds;
    expect([after("7"), after("soon"), after("-1")]).toEqual([7, null, null]);
});

test("a server that cannot be reached is told from a mistake of ours", () => {
    expect(asProblem(new TypeError("Failed to fetch")).status).toBe(0);
    expect(asProblem(new Error("bug")).status).toBe(-1);
    expect(isTemporary(asProblem(new Error("bug")))).toBe(false);
    const problem = new Problem(404, {});
    expect(asProblem(problem)).toBe(problem);
});

test("a version becomes a tag, and a tag stays one", () => {
    expect(ifMatch(5)).toEqual({ "If-Match": '"5"' });
    expect(ifMatch('"5"')).toEqual({ "If-Match": '"5"' });
    expect(ifMatch('W/"5"')).toEqual({ "If-Match": 'W/"5"' });
});
