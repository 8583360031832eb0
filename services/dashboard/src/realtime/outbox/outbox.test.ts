import fc from "fast-check";
import { afterEach, describe, expect, it } from "vitest";
import { HandClock, settled } from "../testing/hand-clock";
import type { OutboxEntry } from "./entry";
import { createOutbox, DeliveryLater, DeliveryRefused, OutboxFull, type Outbox, type Written } from "./outbox";
import { browserStore } from "./store";

/** A server that takes each client_message_id once, and whose answers get lost. */
class Server {
    taken: string[] = [];
    asked = 0;
    /** For each request: taken and answered, taken and the answer lost, not reached. */
    fates: ("ok" | "lost" | "away")[] = [];

    deliver = async (entry: OutboxEntry): Promise<string> => {
        const fate = this.fates[this.asked] ?? "ok";
        this.asked += 1;
        await Promise.resolve();
        if (fate !== "away" && !this.taken.includes(entry.clientMessageId)) this.taken.push(entry.clientMessageId);
        if (fate !== "ok") throw new TypeError("network");
        return entry.clientMessageId;
    };
}

const written = (clientMessageId: string, content = "oi"): Written => ({
    clientMessageId,
    conversationId: "1",
    kind: "message",
    content,
    messageType: "text",
    attachmentIds: [],
    replyTo: null,
});

const alone = (work: () => Promise<void>) => work();
const opened: Outbox[] = [];

function open(clock: HandClock, deliver: (entry: OutboxEntry) => Promise<unknown>, more = {}): Outbox {
    const outbox = createOutbox({
        userId: "1",
        store: browserStore(localStorage, "1"),
        clock,
        deliver,
        exclusive: alone,
        ...more,
    });
    outbox.open();
    opened.push(outbox);
    return outbox;
}

afterEach(() => {
    opened.splice(0).forEach((outbox) => outbox.close());
    localStorage.clear();
});

describe("the outbox", () => {
    it("sends everything once and in order, however often the page is reloaded and answers are lost", async () => {
        const fate = fc.constantFrom("ok" as const, "lost" as const, "away" as const);
        const step = fc.constantFrom("write", "write", "reload", "pass", "wake");
        await fc.assert(
            fc.asyncProperty(
                fc.array(step, { maxLength: 30 }),
                fc.array(fate, { maxLength: 40 }),
                async (steps, fates) => {
                    localStorage.clear();
                    const clock = new HandClock();
                    const server = new Server();
                    server.fates = fates;
                    let outbox = open(clock, server.deliver);
                    const ids: string[] = [];
                    for (const what of steps) {
                        if (what === "write") ids.push(outbox.add(written(`m${ids.length}`)).clientMessageId);
                        if (what === "pass") await clock.pass(1_500);
                        if (what === "wake") outbox.wake();
                        if (what === "reload") {
                            outbox.close();
                            outbox = open(clock, server.deliver);
                        }
                    }
                    await clock.pass(40 * 30_000);
                    expect(server.taken).toEqual(ids);
                    expect(outbox.entries()).toEqual([]);
                    outbox.close();
                },
            ),
            { numRuns: 100 },
        );
    }, 60_000);

    it("keeps what was written before `add` returns: a page that dies then loses nothing", () => {
        const outbox = open(new HandClock(), () => new Promise(() => undefined));
        outbox.add(written("m1", "Bom dia"));
        expect(browserStore(localStorage, "1").all()).toMatchObject([
            { clientMessageId: "m1", content: "Bom dia", state: "waiting" },
        ]);
    });

    it("tells who sent before the entry is gone, so that no list is without it for a moment", async () => {
        const seen: number[] = [];
        const outbox: Outbox = open(new HandClock(), () => Promise.resolve("m"), {
            onSent: () => seen.push(outbox.entries().length),
        });
        outbox.add(written("m1"));
        await settled();
        expect(seen).toEqual([1]);
        expect(outbox.entries()).toEqual([]);
    });

    it("sets aside what is refused and goes on with the next; a retry puts it at the end", async () => {
        const clock = new HandClock();
        const sent: string[] = [];
        let refusing = true;
        const outbox = open(clock, ({ clientMessageId }) => {
            if (clientMessageId === "m1" && refusing)
                return Promise.reject(new DeliveryRefused("no_way_out", "no instance"));
            sent.push(clientMessageId);
            return Promise.resolve();
        });
        outbox.add(written("m1"));
        outbox.add(written("m2"));
        await settled();
        expect(outbox.entries()).toMatchObject([
            { clientMessageId: "m1", state: "refused", refusal: { code: "no_way_out" } },
        ]);
        refusing = false;
        outbox.retry("m1");
        await settled();
        expect(sent).toEqual(["m2", "m1"]);
    });

    it("does not bring back what was discarded while it was refused", async () => {
        let refuse: (error: Error) => void = () => undefined;
        const outbox = open(new HandClock(), () => new Promise((_, reject) => (refuse = reject)));
        outbox.add(written("m1"));
        await settled();
        outbox.discard("m1");
        refuse(new DeliveryRefused("x", "x"));
        await settled();
        expect(outbox.entries()).toEqual([]);
    });

    it("comes back when the server said, and at once when the network does", async () => {
        const clock = new HandClock();
        let asked = 0;
        const outbox = open(clock, () => {
            asked += 1;
            return Promise.reject(new DeliveryLater(20_000));
        });
        outbox.add(written("m1"));
        await clock.pass(19_000);
        expect(asked).toBe(1);
        await clock.pass(2_000);
        expect(asked).toBe(2);
        outbox.wake();
        await settled();
        expect(asked).toBe(3);
    });

    it("says clearly that it is full, and keeps what it has", () => {
        const outbox = open(new HandClock(), () => new Promise(() => undefined), {
            room: { mostEntries: 2, mostCharacters: 10 },
        });
        outbox.add(written("m1", "12345"));
        expect(() => outbox.add(written("m2", "123456"))).toThrow(OutboxFull);
        outbox.add(written("m3", "1"));
        expect(() => outbox.add(written("m4", "1"))).toThrow(OutboxFull);
        expect(outbox.entries().map(({ clientMessageId }) => clientMessageId)).toEqual(["m1", "m3"]);
    });

    it("says so too where the browser has no room", () => {
        const store = {
            ...browserStore(localStorage, "1"),
            put: () => {
                throw new DOMException("", "QuotaExceededError");
            },
        };
        expect(() => open(new HandClock(), () => Promise.resolve(), { store }).add(written("m1"))).toThrow(OutboxFull);
    });

    it("belongs to one user, and forgets everything at signing out", () => {
        const never = () => new Promise(() => undefined);
        const outbox = open(new HandClock(), never);
        outbox.add(written("m1"));
        expect(browserStore(localStorage, "2").all()).toEqual([]);
        outbox.clear();
        expect(localStorage.length).toBe(0);
    });
});
