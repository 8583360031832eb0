import type { LiveEvent, Position } from "../contract";
import type { Reply } from "../connection/pending";
import { lossOf, TIMED_OUT } from "./answers";
import { positionsText } from "./positions";
import type { CommandFrame, Hearing, OpenTransport, Transport } from "./transport";

export interface PollOptions {
    pollUrl: string;
    commandUrl: string;
    userId: string;
    clinicId: string;
    /** Tells this browser from the user's others; 8 to 64 letters, digits, `_` and `-`. */
    connection: string;
    /** Asked before each request: a token may end while we poll. */
    getToken(): Promise<string>;
    waitSeconds?: number;
}

interface PolledChannel {
    asked: string;
    channel: string;
    seq: number;
    epoch: string;
    recovered: boolean;
    events: LiveEvent[];
    error?: { temporary: boolean };
}

interface PollAnswer {
    channels: PolledChannel[];
    ephemeral: LiveEvent[];
    going_away?: { reconnect_ms: number };
}

/** The same events and commands over HTTP, where sockets do not get through. Where we stand is kept here, not there. */
export function pollTransport(options: PollOptions): OpenTransport {
    return (_token, hearing) => new Polling(options, hearing);
}

class Polling implements Transport {
    private readonly channels: Map<string, Position | null>;
    private readonly ending = new AbortController();
    /** Ends the poll under way, so that the next one names another channel too. */
    private current = new AbortController();
    private commands: Promise<void> = Promise.resolve();
    private introduced = false;

    constructor(
        private readonly options: PollOptions,
        private readonly hearing: Hearing,
    ) {
        const { userId, clinicId } = options;
        this.channels = new Map(
            [`atendente:${userId}`, `empresa:${clinicId}`, `presence:${clinicId}`].map((name) => [name, null]),
        );
        void this.run();
    }

    send(frame: CommandFrame): void {
        // One after the other, as on a socket.
        this.commands = this.commands.then(() => this.command(frame));
    }

    close(): void {
        this.ending.abort();
        this.current.abort();
    }

    private async run(): Promise<void> {
        while (!this.ending.signal.aborted) {
            this.current = new AbortController();
            try {
                const waitSeconds = this.introduced ? (this.options.waitSeconds ?? 25) : 0;
                await this.poll(waitSeconds);
            } catch (error) {
                if (this.ending.signal.aborted) return;
                if (this.current.signal.aborted) continue;
                return this.end(lossOf(error));
            }
        }
    }

    private end(loss: ReturnType<typeof lossOf>): void {
        this.close();
        this.hearing.closed(loss);
    }

    private async poll(waitSeconds: number): Promise<void> {
        const query = new URLSearchParams({
            channels: positionsText(this.channels),
            wait: String(waitSeconds),
            connection: this.options.connection,
        });
        const answer = (await this.ask(
            `${this.options.pollUrl}?${query}`,
            { signal: this.current.signal },
            waitSeconds,
        )) as PollAnswer;
        if (this.ending.signal.aborted) return;
        this.take(answer);
        if (answer.going_away) this.end({ code: 1012, retryMs: answer.going_away.reconnect_ms });
    }

    private take(answer: PollAnswer): void {
        this.hearing.heard();
        answer.channels.forEach((entry) => this.advance(entry));
        if (!this.introduced) this.introduce();
        answer.channels.forEach((entry) => entry.events?.forEach((event) => this.hearing.event(event)));
        answer.ephemeral.forEach((event) => this.hearing.event(event));
    }

    private advance(entry: PolledChannel): void {
        if (entry.error) {
            if (!entry.error.temporary) this.channels.delete(entry.asked);
            return;
        }
        const known = this.channels.get(entry.asked);
        const position = { seq: entry.seq, epoch: entry.epoch };
        this.channels.set(entry.asked, position);
        if (known && !entry.recovered) this.hearing.reset(entry.channel, position);
    }

    private introduce(): void {
        this.introduced = true;
        const { connection, userId, clinicId } = this.options;
        const channels = [...this.channels].map(([channel, position]) => ({
            channel,
            seq: position?.seq ?? 0,
            epoch: position?.epoch ?? "",
        }));
        this.hearing.opened({
            connection_id: connection,
            user_id: userId,
            clinic_id: clinicId,
            ping_interval: 25_000,
            server_time: new Date().toISOString(),
            channels,
        });
    }

    private async command(frame: CommandFrame): Promise<void> {
        if (this.ending.signal.aborted) return;
        if (frame.type === "conversation:leave") return this.leave(frame);
        try {
            const url = `${this.options.commandUrl}?connection=${this.options.connection}`;
            const body = JSON.stringify(frame);
            const reply = (await this.ask(url, { method: "POST", body, signal: this.ending.signal }, 0)) as Reply;
            this.joined(frame, reply);
            this.hearing.reply(reply);
        } catch (error) {
            if (this.ending.signal.aborted) return;
            const { retryMs } = lossOf(error);
            const refusal = { code: "unavailable", message: "the command did not get through", temporary: true };
            this.hearing.reply({
                type: "reply",
                id: frame.id,
                ok: false,
                error: { ...refusal, ...(retryMs ? { retry_ms: retryMs } : {}) },
            });
        }
    }

    /** A posted join tells where the channel stands and joins nothing: polling it from there on does. */
    private joined(frame: CommandFrame, reply: Reply): void {
        if (frame.type !== "conversation:join" || !reply.ok) return;
        const { channel, seq, epoch } = reply.data as { channel: string } & Position;
        // Another tab followed it: what is on its way for that one comes first, and the new one has none of it twice.
        if (this.channels.get(channel)) return;
        this.channels.set(channel, { seq, epoch });
        this.current.abort();
    }

    private leave(frame: CommandFrame): void {
        this.channels.delete(`conversa:${(frame.data as { conversation_id: string }).conversation_id}`);
        this.hearing.reply({ type: "reply", id: frame.id, ok: true, data: {} });
    }

    private async ask(url: string, init: RequestInit & { signal: AbortSignal }, waitSeconds: number): Promise<unknown> {
        const token = await this.options.getToken();
        const headers: Record<string, string> = { Authorization: `Bearer ${token}` };
        if (init.body) headers["Content-Type"] = "application/json";
        // A proxy may hold a dead connection for ever.
        const signal = AbortSignal.any([init.signal, AbortSignal.timeout((waitSeconds + TIMED_OUT) * 1_000)]);
        const response = await fetch(url, { ...init, headers, signal, cache: "no-store" });
        if (!response.ok) throw response;
        return response.json();
    }
}
