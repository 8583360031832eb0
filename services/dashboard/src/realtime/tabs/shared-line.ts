import type { CommandData, CommandType, ReplyData } from "../contract";
import type { Clock } from "../connection/clock";
import type { Connection } from "../connection/connection";
import type { Line, Listener, Word } from "../connection/line";
import type { Browser, Bus } from "./browser";
import { Follower } from "./follower";
import { Leader } from "./leader";
import { isAsk, isTell, type Tell } from "./messages";
import { busName, leaderLock, tabLock } from "./names";

export interface SharedLineOptions {
    userId: string;
    tab: string;
    browser: Browser;
    clock: Clock;
    /** A connection of this tab's own, for when it is its turn to hold one. */
    connect(listener: Listener): Connection;
    listener: Listener;
}

/** One connection for all tabs: whoever has the lock holds it, and the next in line takes over. */
export class SharedLine implements Line {
    private readonly bus: Bus;
    private readonly follower: Follower;
    private readonly ending = new AbortController();
    private leader: Leader | null = null;

    constructor(private readonly options: SharedLineOptions) {
        const { userId, tab, browser, clock } = options;
        this.bus = browser.bus(busName(userId));
        this.follower = new Follower(tab, this.bus, clock);
        this.bus.listen((message) => this.hear(message));
        void browser.locks.request(tabLock(tab), this.ending.signal, () => this.untilTheEnd());
        void browser.locks.request(leaderLock(userId), this.ending.signal, () => this.lead());
        this.follower.hello();
    }

    send<T extends CommandType>(type: T, data: CommandData[T]): Promise<ReplyData[T]> {
        return this.leader ? this.leader.send(this.options.tab, type, data) : this.follower.send(type, data);
    }

    reconnect(): void {
        if (this.leader) this.leader.connection.reconnect();
        else this.follower.reconnect();
    }

    stop(signedOut: boolean): void {
        this.leader?.connection.stop(signedOut);
        this.leader?.end();
        this.leader = null;
        this.follower.failAll();
        this.ending.abort();
        this.bus.close();
    }

    private untilTheEnd(): Promise<void> {
        if (this.ending.signal.aborted) return Promise.resolve();
        return new Promise((resolve) => this.ending.signal.addEventListener("abort", () => resolve(), { once: true }));
    }

    private lead(): Promise<void> {
        if (this.ending.signal.aborted) return Promise.resolve();
        this.follower.failAll();
        const connection = this.options.connect((word) => this.tell(word));
        this.leader = new Leader(this.options.tab, connection, this.bus, this.options.browser);
        this.leader.begin();
        return this.untilTheEnd();
    }

    private tell(word: Word): void {
        this.leader?.pass(word);
        this.options.listener(word);
    }

    private hear(message: unknown): void {
        if (this.leader && isAsk(message)) return this.leader.hear(message);
        if (!this.leader && isTell(message)) this.hearLeader(message);
    }

    private hearLeader(tell: Tell): void {
        switch (tell.tell) {
            case "elected":
                this.follower.failAll();
                return this.follower.hello();
            case "word":
                if (tell.tab === undefined || tell.tab === this.options.tab) this.options.listener(tell.word);
                return;
            case "reply":
                if (tell.tab === this.options.tab) this.follower.hearReply(tell);
        }
    }
}
