import { CommandError } from "../contract";
import type { CommandData, CommandType, ReplyData } from "../contract";
import type { JoinConversation, StatusWish } from "../protocol";
import type { Connection } from "../connection/connection";
import type { Word } from "../connection/line";
import type { Browser, Bus } from "./browser";
import { Holdings } from "./holdings";
import type { Ask, Tell } from "./messages";
import { tabLock } from "./names";

/** Serves the browser's tabs with the one connection that this tab holds. */
export class Leader {
    private readonly holdings = new Holdings();
    private readonly ending = new AbortController();

    constructor(
        private readonly tab: string,
        readonly connection: Connection,
        private readonly bus: Bus,
        private readonly browser: Browser,
    ) {
        this.holdings.met(tab);
    }

    begin(): void {
        this.post({ from: "leader", leader: this.tab, tell: "elected" });
        this.connection.happen({ type: "start" });
    }

    end(): void {
        this.ending.abort();
    }

    /** Passes a word on to all other tabs. */
    pass(word: Word): void {
        this.post({ from: "leader", leader: this.tab, tell: "word", word: asFollower(word) });
    }

    hear(ask: Ask): void {
        this.meet(ask.tab);
        switch (ask.ask) {
            case "hello":
                return this.connection.words().forEach((word) =>
                    this.post({
                        from: "leader",
                        leader: this.tab,
                        tell: "word",
                        word: asFollower(word),
                        tab: ask.tab,
                    }),
                );
            case "reconnect":
                return this.connection.reconnect();
            case "send":
                return void this.answer(ask);
        }
    }

    /** Carries out a tab's command, unless what other tabs want makes it needless. */
    async send<T extends CommandType>(tab: string, type: T, data: CommandData[T]): Promise<ReplyData[T]> {
        if (type === "conversation:join") this.holdings.joins(tab, (data as JoinConversation).conversation_id);
        if (type === "conversation:leave" && !this.holdings.leaves(tab, (data as JoinConversation).conversation_id)) {
            return {} as ReplyData[T];
        }
        if (type === "presence_update") {
            const wish = data as StatusWish;
            if (!this.holdings.wants(tab, wish.status)) return { status: "online" } as ReplyData[T];
        }
        return this.connection.send(type, data);
    }

    private async answer(ask: Extract<Ask, { ask: "send" }>): Promise<void> {
        const to = { from: "leader", leader: this.tab, tell: "reply", tab: ask.tab, id: ask.id } as const;
        try {
            this.post({ ...to, data: await this.send(ask.tab, ask.type, ask.data as CommandData[CommandType]) });
        } catch (error) {
            const known = error instanceof CommandError ? error : new CommandError("failed", String(error), true);
            const { code, message, temporary, retryMs, details } = known;
            this.post({ ...to, refusal: { code, message, temporary, retryMs, details } });
        }
    }

    /** A tab's own lock falls to us when it is gone, also if it could not say so. */
    private meet(tab: string): void {
        if (this.holdings.knows(tab)) return;
        this.holdings.met(tab);
        void this.browser.locks.request(tabLock(tab), this.ending.signal, () => Promise.resolve(this.buried(tab)));
    }

    private buried(tab: string): void {
        const { left, away } = this.holdings.gone(tab);
        for (const conversation_id of left)
            this.connection.send("conversation:leave", { conversation_id }).catch(() => undefined);
        if (away) this.connection.send("presence_update", { status: "away" }).catch(() => undefined);
    }

    private post(tell: Tell): void {
        this.bus.post(tell);
    }
}

function asFollower(word: Word): Word {
    return word.word === "status" ? { word: "status", status: { ...word.status, leader: false } } : word;
}
