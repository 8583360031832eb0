import { CommandError } from "../contract";
import type { CommandData, CommandType, ReplyData } from "../contract";
import type { Clock } from "../connection/clock";
import type { Bus } from "./browser";
import type { Ask, Tell } from "./messages";

const TIMEOUT_MS = 15_000;

interface Waiting {
    resolve(data: unknown): void;
    reject(error: CommandError): void;
    forget(): void;
}

/** A tab's questions to whichever other tab holds the connection. */
export class Follower {
    private readonly waiting = new Map<number, Waiting>();
    private issued = 0;

    constructor(
        private readonly tab: string,
        private readonly bus: Bus,
        private readonly clock: Clock,
    ) {}

    hello(): void {
        this.ask({ to: "leader", tab: this.tab, ask: "hello" });
    }

    reconnect(): void {
        this.ask({ to: "leader", tab: this.tab, ask: "reconnect" });
    }

    send<T extends CommandType>(type: T, data: CommandData[T]): Promise<ReplyData[T]> {
        this.issued += 1;
        const id = this.issued;
        const reply = new Promise<unknown>((resolve, reject) => {
            const forget = this.clock.later(TIMEOUT_MS, () => this.fail(id, "timeout", "no other tab answered"));
            this.waiting.set(id, { resolve, reject, forget });
        });
        this.ask({ to: "leader", tab: this.tab, ask: "send", id, type, data });
        return reply as Promise<ReplyData[T]>;
    }

    hearReply({ id, data, refusal }: Extract<Tell, { tell: "reply" }>): void {
        const waiting = this.waiting.get(id);
        if (!waiting) return;
        waiting.forget();
        this.waiting.delete(id);
        if (!refusal) return waiting.resolve(data);
        const { code, message, temporary, retryMs, details } = refusal;
        waiting.reject(new CommandError(code, message, temporary, retryMs, details));
    }

    /** Whoever held the connection is gone: nobody knows what became of these. */
    failAll(): void {
        for (const id of [...this.waiting.keys()]) this.fail(id, "offline", "the tab with the connection was closed");
    }

    private fail(id: number, code: string, message: string): void {
        const waiting = this.waiting.get(id);
        waiting?.forget();
        this.waiting.delete(id);
        waiting?.reject(new CommandError(code, message, true));
    }

    private ask(ask: Ask): void {
        this.bus.post(ask);
    }
}
