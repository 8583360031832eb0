import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { LiveEvent } from "../contract";
import { Connection } from "../connection/connection";
import { HandClock } from "../testing/hand-clock";
import { MadeGateway } from "../testing/made-gateway";
import { Feed } from "./feed";

const CHANNELS = ["empresa:1", "conversa:7"];

/** What a page shows: all that was published until it fetched, and every event since. */
class Page {
    readonly shown = new Map<string, string[]>();
    duplicates = 0;
    disorder = 0;
    resets = 0;

    constructor(private readonly gateway: MadeGateway) {}

    private last = new Map<string, { seq: number; epoch: string }>();

    hear(event: LiveEvent): void {
        const last = this.last.get(event.channel);
        const seq = event.seq ?? 0;
        if (last?.epoch === event.epoch && seq <= (last?.seq ?? 0)) this.duplicates += 1;
        if (last?.epoch === event.epoch && seq > (last?.seq ?? 0) + 1) this.disorder += 1;
        this.last.set(event.channel, { seq, epoch: event.epoch ?? "" });
        this.shown.set(event.channel, [...(this.shown.get(event.channel) ?? []), nameOf(event)]);
    }

    refetch(channel: string): void {
        this.resets += 1;
        this.last.delete(channel);
        this.shown.set(channel, (this.gateway.histories.get(channel) ?? []).map(nameOf));
    }

    /** Without what an epoch that ended had: the gateway no longer knows it. */
    now(channel: string): string[] {
        const { epoch } = this.gateway.position(channel);
        return [...new Set(this.shown.get(channel) ?? [])].filter((name) => name.startsWith(epoch));
    }
}

const nameOf = (event: LiveEvent) => `${event.epoch}/${event.seq}`;

async function desk() {
    const gateway = new MadeGateway();
    const clock = new HandClock();
    const page = new Page(gateway);
    const session = {
        userId: "1",
        clinicId: "1",
        getToken: () => Promise.resolve("t"),
        refresh: () => Promise.resolve("t"),
    };
    const transports = () => Promise.resolve({ socket: gateway.transport, poll: gateway.transport });
    const connection: Connection = new Connection({ session, transports, clock, listener: (word) => feed.hear(word) });
    const feed: Feed = new Feed(connection, clock, {
        event: (event) => page.hear(event),
        reset: (channel) => page.refetch(channel),
        connected: () => undefined,
        counted: () => undefined,
    });
    feed.join("7", {});
    connection.happen({ type: "start" });
    await clock.pass(1_000);
    return { gateway, clock, page, connection, feed };
}

type Step = { what: "publish" | "lose" | "cut" | "repeat" | "empty" | "pass" | "second"; channel: string };
const steps = fc.array(
    fc.record({
        what: fc.constantFrom<Step["what"]>(
            "publish",
            "publish",
            "publish",
            "lose",
            "cut",
            "repeat",
            "empty",
            "pass",
            "second",
        ),
        channel: fc.constantFrom(...CHANNELS),
    }),
    { maxLength: 40 },
);

describe("a tab's channels", () => {
    it("show every event once and in order, or are fetched anew: whatever is lost, cut off, repeated or emptied", async () => {
        await fc.assert(
            fc.asyncProperty(steps, async (list) => {
                const { gateway, clock, page, feed } = await desk();
                for (const { what, channel } of list) {
                    if (what === "publish") gateway.publish(channel);
                    if (what === "lose") lose(gateway, channel);
                    if (what === "cut") gateway.cut();
                    if (what === "repeat") gateway.repeat(channel);
                    if (what === "empty") gateway.empty(channel);
                    if (what === "pass") await clock.pass(3_000);
                    if (what === "second") feed.join("7", {}).leave();
                }
                await clock.pass(120_000);
                // What comes next shows that something was missing.
                CHANNELS.forEach((channel) => gateway.publish(channel));
                await clock.pass(5_000);
                expect(page.duplicates).toBe(0);
                expect(page.disorder).toBe(0);
                for (const channel of CHANNELS) {
                    expect(page.now(channel)).toEqual((gateway.histories.get(channel) ?? []).map(nameOf));
                }
                expect(gateway.mostOpen).toBe(1);
            }),
            { numRuns: 150 },
        );
    }, 60_000);

    it("are resumed after a cut, not fetched", async () => {
        const { gateway, clock, page } = await desk();
        const before = page.resets;
        gateway.publish("conversa:7");
        gateway.cut();
        gateway.publish("conversa:7");
        gateway.publish("empresa:1");
        await clock.pass(60_000);
        expect(page.resets).toBe(before);
        expect(page.now("conversa:7")).toEqual(["e0/1", "e0/2"]);
        expect(page.now("empresa:1")).toEqual(["e0/1"]);
    });

    it("heal a lost event as soon as the next one shows that it is missing", async () => {
        const { gateway, clock, page } = await desk();
        const before = page.resets;
        lose(gateway, "conversa:7");
        gateway.publish("conversa:7");
        await clock.pass(10);
        expect(page.now("conversa:7")).toEqual(["e0/1", "e0/2"]);
        expect(page.resets).toBe(before);
    });

    it("are fetched anew after a reset, at a time of the tab's own", async () => {
        const { gateway, clock, page } = await desk();
        gateway.publish("conversa:7");
        const before = page.resets;
        gateway.empty("conversa:7");
        await clock.pass(2_100);
        expect(page.resets).toBe(before + 1);
        gateway.publish("conversa:7");
        expect(page.now("conversa:7")).toEqual(["e1/1"]);
    });
});

function lose(gateway: MadeGateway, channel: string): void {
    gateway.losing = true;
    gateway.publish(channel);
    gateway.losing = false;
}
