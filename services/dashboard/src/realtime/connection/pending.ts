import { CommandError } from "../contract";
import type { Refused } from "../protocol";
import type { Clock } from "./clock";

export type Reply = { type: "reply"; id: string | number | null } & (
    { ok: true; data: unknown } | { ok: false; error: Refused["error"] }
);

interface Waiting {
    resolve(data: unknown): void;
    reject(error: CommandError): void;
    forget(): void;
}

/** Commands that wait for their reply, each for a time at most. */
export class PendingCommands {
    private readonly waiting = new Map<string, Waiting>();
    private issued = 0;

    constructor(
        private readonly clock: Clock,
        private readonly timeoutMs = 12_000,
    ) {}

    /** An id for a command, and the promise of its reply. */
    issue(): { id: string; reply: Promise<unknown> } {
        this.issued += 1;
        const id = String(this.issued);
        const reply = new Promise<unknown>((resolve, reject) => {
            const forget = this.clock.later(this.timeoutMs, () => {
                this.waiting.delete(id);
                reject(new CommandError("timeout", "no reply came in time", true));
            });
            this.waiting.set(id, { resolve, reject, forget });
        });
        return { id, reply };
    }

    settle(reply: Reply): void {
        const waiting = this.take(String(reply.id));
        if (!waiting) return;
        if (reply.ok) waiting.resolve(reply.data);
        else waiting.reject(refusal(reply.error));
    }

    /** The connection is gone: nobody knows what became of these. */
    failAll(): void {
        for (const id of [...this.waiting.keys()]) {
            this.take(id)?.reject(new CommandError("offline", "the connection was lost", true));
        }
    }

    private take(id: string): Waiting | undefined {
        const waiting = this.waiting.get(id);
        waiting?.forget();
        this.waiting.delete(id);
        return waiting;
    }
}

function refusal(error: Refused["error"]): CommandError {
    return new CommandError(error.code, error.message, error.temporary, error.retry_ms ?? null, error.details ?? null);
}
