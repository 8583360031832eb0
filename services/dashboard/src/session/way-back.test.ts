import fc from "fast-check";
import { expect, test } from "vitest";
import { loginPath, wayBack } from "./way-back";

test("where one was is where one comes back to", () => {
    const segment = fc.stringMatching(/^[a-z0-9-]{1,12}$/).filter((text) => !text.startsWith("login"));
    const query = fc
        .dictionary(fc.stringMatching(/^[a-z]{1,8}$/), fc.string())
        .map((entries) => new URLSearchParams(entries));
    fc.assert(
        fc.property(fc.array(segment, { minLength: 1, maxLength: 3 }), query, (segments, search) => {
            const here = `/${segments.join("/")}`;
            const login = new URL(loginPath(here, search.toString()), "http://desk.test");
            const back = new URL(wayBack(login.search), "http://desk.test");
            expect(back.pathname).toBe(here);
            expect([...back.searchParams]).toEqual([...search]);
        }),
    );
});

test("nothing leads to another site", () => {
    const evil = fc.oneof(
        fc.string(),
        fc.webUrl(),
        fc.constantFrom(
            "//evil.example",
            "/\\evil.example",
            "\\\\evil.example",
            "javascript:alert(1)",
            "/\t/evil.example",
        ),
    );
    fc.assert(
        fc.property(evil, (next) => {
            const back = wayBack(`?next=${encodeURIComponent(next)}`);
            expect(new URL(back, "http://desk.test").origin).toBe("http://desk.test");
        }),
    );
});

test("the login page does not lead to itself", () => {
    expect(wayBack("?next=/login?next=/login")).toBe("/conversations");
    expect(loginPath("/", "")).toBe("/login");
});
