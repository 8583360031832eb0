import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createRealtimeClient } from "../client";
import type { LiveEvent, RealtimeClient } from "../contract";
import { Connection } from "../connection/connection";
import { Feed } from "../channels/feed";
import { HandClock } from "../testing/hand-clock";
import { MadeBrowser } from "../testing/made-browser";
import { MadeGateway } from "../testing/made-gateway";
import { SharedLine } from "./shared-line";

/** A tab of a browser: its feed over the shared line, and what it has heard. */
class Tab {
    heard: LiveEvent[] = [];
    resets = 0;
    connection: Connection | null = null;
    readonly line: SharedLine;
    readonly feed: Feed;

    constructor(
        readonly name: string,
        private readonly gateway: MadeGateway,
        private readonly browser: MadeBrowser,
        private readonly clock: HandClock,
    ) {
        this.line = new SharedLine({
            userId: "1",
            tab: name,
            browser: browser.tab(name),
            clock,
            connect: (listener) => (this.connection = this.connected(listener)),
            listener: (word) => this.feed?.hear(word),
        });
        this.feed = new Feed(this.line, clock, {
            event: (event) => this.heard.push(event),
            reset: () => (this.resets += 1),
            connected: () => undefined,
            counted: () => undefined,
        });
        this.feed.join("7", {});
    }

    /** Closed by a crash: the gateway sees the connection go, nobody says goodbye. */
    die(): void {
        this.browser.kill(this.name);
        this.connection?.happen({ type: "stop", signedOut: false });
    }

    seqs(): number[] {
        return this.heard.filter(({ channel }) => channel === "conversa:7").map(({ seq }) => seq ?? 0);
    }

    private connected(listener: ConstructorParameters<typeof Connection>[0]["listener"]): Connection {
        const session = {
            userId: "1",
            clinicId: "1",
            getToken: () => Promise.resolve("t"),
            refresh: () => Promise.resolve("t"),
        };
        const transports = () => Promise.resolve({ socket: this.gateway.transport, poll: this.gateway.transport });
        const unlessDead: typeof listener = (word) => void (this.browser.isDead(this.name) || listener(word));
        return new Connection({ session, transports, clock: this.clock, listener: unlessDead });
    }
}

function browserOf(count: number) {
    const gateway = new MadeGateway();
    const clock = new HandClock();
    const browser = new MadeBrowser();
    const open = (name: string) => new Tab(name, gateway, browser, clock);
    return { gateway, clock, open, tabs: Array.from({ length: count }, (_, index) => open(`tab${index}`)) };
}

describe("tabs of one browser", () => {
    it("share one connection, and each hears every event once", async () => {
        const { gateway, clock, tabs } = browserOf(3);
        await clock.pass(1_000);
        gateway.publish("conversa:7");
        gateway.publish("conversa:7");
        await clock.pass(100);
        expect(gateway.opened).toBe(1);
        expect(tabs.map((tab) => tab.seqs())).toEqual([
            [1, 2],
            [1, 2],
            [1, 2],
        ]);
    });

    it("go on without a gap when the one that holds the connection dies, whenever that is", async () => {
        const script = fc.array(fc.constantFrom("publish", "die", "open", "pass", "cut"), { maxLength: 25 });
        await fc.assert(
            fc.asyncProperty(script, async (steps) => {
                const { gateway, clock, open, tabs } = browserOf(2);
                await clock.pass(1_000);
                let born = 0;
                for (const step of steps) {
                    if (step === "publish") gateway.publish("conversa:7");
                    if (step === "cut") gateway.cut();
                    if (step === "open") tabs.push(open(`born${(born += 1)}`));
                    if (step === "die" && tabs.length > 1) tabs.shift()?.die();
                    if (step === "pass") await clock.pass(2_000);
                }
                await clock.pass(60_000);
                gateway.publish("conversa:7");
                await clock.pass(1_000);
                expect(gateway.open).toBe(1);
                const last = gateway.position("conversa:7").seq;
                for (const tab of tabs) {
                    const seqs = tab.seqs();
                    expect(seqs.at(-1)).toBe(last);
                    // From its first event on, none is missing and none comes twice: what was before, it fetched.
                    expect(seqs).toEqual(seqs.map((_, index) => last - seqs.length + 1 + index));
                    expect(tab.resets).toBeGreaterThan(0);
                }
            }),
            { numRuns: 60 },
        );
    }, 60_000);

    it("keep a conversation as long as one of them shows it", async () => {
        const { gateway, clock, tabs } = browserOf(2);
        await clock.pass(1_000);
        const leaves = () => gateway.commands.filter(({ type }) => type === "conversation:leave").length;
        const another = tabs[1]?.feed.join("8", {});
        const own = tabs[0]?.feed.join("8", {});
        await clock.pass(100);
        another?.leave();
        await clock.pass(100);
        expect(leaves()).toBe(0);
        own?.leave();
        await clock.pass(100);
        expect(leaves()).toBe(1);
    });

    it("leave what only a tab that died had open", async () => {
        const { gateway, clock, tabs } = browserOf(2);
        await clock.pass(1_000);
        tabs[1]?.feed.join("9", {});
        await clock.pass(100);
        tabs[1]?.die();
        await clock.pass(100);
        expect(gateway.commands).toContainEqual({ type: "conversation:leave", data: { conversation_id: "9" } });
    });

    it("are away only when all of them are", async () => {
        const { gateway, clock, tabs } = browserOf(2);
        await clock.pass(1_000);
        const told = () => gateway.commands.filter(({ type }) => type === "presence_update").length;
        await tabs[0]?.line.send("presence_update", { status: "away" });
        expect(told()).toBe(0);
        const answered = tabs[1]?.line.send("presence_update", { status: "away" });
        await clock.pass(100);
        await answered;
        expect(told()).toBe(1);
    });

    it("fail a command at once when the tab that was to carry it out is gone", async () => {
        const { clock, tabs } = browserOf(2);
        await clock.pass(1_000);
        const outcome = tabs[1]?.line.send("ping", {}).then(
            () => "answered",
            (error: { code: string }) => error.code,
        );
        tabs[0]?.die();
        await clock.pass(100);
        expect(await outcome).toBe("offline");
    });
});

describe("a browser without locks", () => {
    it("has a connection for each tab", () => {
        const session = {
            userId: "1",
            clinicId: "1",
            getToken: () => new Promise<string>(() => undefined),
            refresh: () => new Promise<string>(() => undefined),
        };
        const client: RealtimeClient = createRealtimeClient({
            session,
            browser: null,
            address: { socketUrl: "ws://x/ws", pollUrl: "http://x/p", commandUrl: "http://x/c" },
        });
        client.start();
        expect(client.status()).toMatchObject({ liveness: "connecting", leader: true });
        client.stop();
        expect(client.status()).toMatchObject({ liveness: "offline", trying: false });
    });
});
