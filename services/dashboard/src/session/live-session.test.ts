import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { newSession, STORAGE_KEY } from "./live-session";
import type { Login, Session } from "./session";

const HOUR = 3_600_000;
const ANA = {
    user: { id: "1", name: "Ana", email: "ana@demo.test", role: "agent" as const },
    clinic: { id: "1", slug: "demo", name: "Demo", timezone: "America/Sao_Paulo" },
};

let now = 0;
let answers: (() => Promise<Response>)[] = [];
let asked: string[] = [];

/** A token that is valid for eight hours; `mark` tells it from others. */
function login(mark: string): Login {
    const payload = btoa(JSON.stringify({ iat: 1000, exp: 1000 + 8 * 3600, mark }));
    return { token: `h.${payload}.s`, expires_at: "2026-11-20T16:08:48.000-03:00", ...ANA };
}

function tab(exclusive = (work: () => Promise<void>) => work()): Session {
    const session = newSession({
        storage: () => localStorage,
        now: () => now,
        fetch: (_url, init) => {
            asked.push(new Headers(init.headers).get("Authorization") ?? "");
            return (answers.shift() ?? (() => Promise.reject(new TypeError("offline"))))();
        },
        exclusive,
    });
    session.subscribe(() => undefined);
    return session;
}

const answering =
    (login: Login, status = 200) =>
    () =>
        Promise.resolve(Response.json(login, { status }));

/** What the browser tells the other tabs when one has written. */
function tellTabs(): void {
    dispatchEvent(new StorageEvent("storage", { key: STORAGE_KEY, newValue: localStorage.getItem(STORAGE_KEY) }));
}

beforeEach(() => {
    localStorage.clear();
    [now, answers, asked] = [0, [], []];
});
afterEach(() => vi.restoreAllMocks());

test("a session goes on after a reload", () => {
    tab().begin(login("a"));
    expect(tab().identity()).toEqual(ANA);
    expect(tab().token()).toBe(login("a").token);
});

test("what somebody else wrote into the storage is nobody's session", () => {
    for (const text of ["", "null", "{}", "[1", '{"token":5}', JSON.stringify({ ...login("a"), user: null })]) {
        localStorage.setItem(STORAGE_KEY, text);
        expect(tab().identity()).toBeNull();
    }
});

test("a token is exchanged in the second half of its life, and not before", async () => {
    const session = tab();
    session.begin(login("a"));
    now = 4 * HOUR - 1;
    await session.refreshIfDue();
    expect(asked).toEqual([]);

    now = 4 * HOUR;
    answers = [answering(login("b"))];
    await session.refreshIfDue();
    expect(asked).toEqual([`Bearer ${login("a").token}`]);
    expect(session.token()).toBe(login("b").token);
});

test("many requests at once wait for one exchange", async () => {
    const session = tab();
    session.begin(login("a"));
    now = 5 * HOUR;
    answers = [answering(login("b"))];
    await Promise.all(Array.from({ length: 20 }, () => session.refreshIfDue()));
    expect(asked).toHaveLength(1);
});

test("of two tabs one exchanges, and the other takes what it got", async () => {
    let last = Promise.resolve();
    const oneAfterAnother = (work: () => Promise<void>) => (last = last.then(work));
    const [first, second] = [tab(oneAfterAnother), tab(oneAfterAnother)];
    first.begin(login("a"));
    tellTabs();
    now = 5 * HOUR;
    answers = [answering(login("b"))];
    await Promise.all([first.refreshIfDue(), second.refreshIfDue()]);
    expect(asked).toHaveLength(1);
    expect([first.token(), second.token()]).toEqual([login("b").token, login("b").token]);
});

test("an exchange that is refused ends the session, and says why", async () => {
    const session = tab();
    session.begin(login("a"));
    now = 5 * HOUR;
    answers = [answering(login("x"), 401)];
    await session.refreshIfDue();
    expect(session.identity()).toBeNull();
    expect(session.endedBy()).toBe("expired");
    expect(localStorage.getItem(STORAGE_KEY)).toBeNull();
});

test("an exchange that nobody answers leaves the session as it is, and is tried again later", async () => {
    const session = tab();
    session.begin(login("a"));
    now = 5 * HOUR;
    await session.refreshIfDue();
    await session.refreshIfDue();
    expect(asked).toHaveLength(1);
    expect(session.token()).toBe(login("a").token);

    now += 15_000;
    answers = [answering(login("b"))];
    await session.refreshIfDue();
    expect(session.token()).toBe(login("b").token);
});

test("an answer that comes after signing out signs nobody in", async () => {
    const session = tab();
    session.begin(login("a"));
    now = 5 * HOUR;
    let arrive: (response: Response) => void = () => undefined;
    answers = [() => new Promise((resolve) => (arrive = resolve))];
    const refreshing = session.refreshIfDue();
    session.end("signed_out");
    arrive(Response.json(login("b")));
    await refreshing;
    expect(session.token()).toBeNull();
});

test("a refusal of a token that is no longer the current one ends nothing", () => {
    const session = tab();
    session.begin(login("b"));
    session.end("expired", login("a").token);
    expect(session.token()).toBe(login("b").token);
});

test("signing out in one tab ends the others", () => {
    const [first, second] = [tab(), tab()];
    first.begin(login("a"));
    tellTabs();
    expect(second.identity()).toEqual(ANA);
    first.end("signed_out");
    tellTabs();
    expect(second.identity()).toBeNull();
    expect(second.endedBy()).toBe("signed_out");
});

test("a newer token of the same user keeps the identity, so that nothing is shown anew", () => {
    const session = tab();
    session.begin(login("a"));
    const before = session.identity();
    session.begin(login("b"));
    expect(session.identity()).toBe(before);
    session.update({ ...ANA, user: { ...ANA.user, role: "supervisor" } });
    expect(session.identity()?.user.role).toBe("supervisor");
});

test.each(["signed_out", "expired"] as const)("a session that is %s in one tab is so in the others", (reason) => {
    const [one, other] = [tab(), tab()];
    one.begin(login("a"));
    tellTabs();
    expect(other.identity()).toEqual(ANA);

    one.end(reason);
    tellTabs();

    expect([other.identity(), other.endedBy()]).toEqual([null, reason]);
    expect(tab().identity()).toBeNull();
});

test("where storage is forbidden the session lives as long as the page", () => {
    vi.spyOn(Storage.prototype, "setItem").mockImplementation(() => {
        throw new DOMException("denied", "SecurityError");
    });
    const session = tab();
    session.begin(login("a"));
    expect(session.token()).toBe(login("a").token);
});
