import { CommandError, SessionOver } from "../contract";
import type {
    CommandData,
    CommandType,
    ConnectionMetrics,
    LiveEvent,
    Position,
    ReplyData,
    Session,
    TransportName,
} from "../contract";
import {
    IDLE,
    LIMITS,
    type Effect,
    type Happening,
    type Limits,
    type Link,
    type State,
    type TimerName,
} from "../machine/state";
import { step } from "../machine/step";
import type { Introduction } from "../protocol";
import { lossOf } from "../transports/answers";
import type { Hearing, OpenTransport, Transport } from "../transports/transport";
import type { Clock } from "./clock";
import type { Line, Listener, Word } from "./line";
import { NO_METRICS, withConnect, withLatency } from "./metrics";
import { PendingCommands } from "./pending";
import { statusOf } from "./status";

export interface ConnectionOptions {
    session: Session;
    /** Asked with each try: where the gateway is may not be known yet. */
    transports(): Promise<Record<TransportName, OpenTransport>>;
    clock: Clock;
    limits?: () => Limits;
    listener: Listener;
}

/** Carries out what the machine decides: one link to the gateway at a time, and its words passed on. */
export class Connection implements Line {
    private state: State = IDLE;
    private metrics: ConnectionMetrics = NO_METRICS;
    private introduction: Introduction | null = null;
    private told = "";
    private readonly links = new Map<number, Transport | null>();
    private readonly timers = new Map<TimerName, () => void>();
    private readonly pending: PendingCommands;

    constructor(private readonly options: ConnectionOptions) {
        this.pending = new PendingCommands(options.clock);
    }

    private get limits(): Limits {
        return this.options.limits?.() ?? LIMITS;
    }

    happen(happening: Happening): void {
        const { clock } = this.options;
        const around = { now: clock.now(), chance: clock.chance(), limits: this.limits };
        const wasOpen = this.state.phase.name === "open" ? this.state.phase.link.id : null;
        const [state, effects] = step(this.state, happening, around);
        this.state = state;
        if (wasOpen !== null && !(state.phase.name === "open" && state.phase.link.id === wasOpen)) this.lost();
        effects.forEach((effect) => this.carryOut(effect));
        this.tellStatus();
    }

    status() {
        return statusOf(this.state, this.limits, true);
    }

    /** What a tab that comes now has to know: who we are, and where the channels stand by now. */
    words(): Word[] {
        const words: Word[] = [
            { word: "status", status: this.status() },
            { word: "metrics", metrics: this.metrics },
        ];
        if (this.introduction) words.push({ word: "connected", introduction: this.introduction });
        return words;
    }

    send<T extends CommandType>(type: T, data: CommandData[T]): Promise<ReplyData[T]> {
        const transport = this.openTransport();
        if (!transport) return Promise.reject(new CommandError("offline", "there is no connection", true));
        const { id, reply } = this.pending.issue();
        transport.send({ id, type, data });
        this.count({ commandsSent: this.metrics.commandsSent + 1 });
        return reply.catch((error: unknown) => {
            this.count({ commandsFailed: this.metrics.commandsFailed + 1 });
            throw error;
        }) as Promise<ReplyData[T]>;
    }

    reconnect(): void {
        this.happen({ type: "retry_now" });
    }

    stop(signedOut: boolean): void {
        this.happen({ type: "stop", signedOut });
    }

    private openTransport(): Transport | null {
        return this.state.phase.name === "open" ? (this.links.get(this.state.phase.link.id) ?? null) : null;
    }

    private lost(): void {
        this.introduction = null;
        this.pending.failAll();
        this.count({ connectedSince: null });
    }

    private carryOut(effect: Effect): void {
        switch (effect.do) {
            case "open":
                return void this.open(effect.link, effect.newerToken);
            case "close":
                this.links.get(effect.link)?.close(effect.code);
                this.links.delete(effect.link);
                return;
            case "ping":
                return void this.ping();
            case "set_timer":
                return this.setTimer(effect.name, effect.ms);
            case "clear_timer":
                return this.clearTimer(effect.name);
            case "tell_session_over":
                this.tell({ word: "session_over" });
                return this.options.session.onSessionOver?.();
        }
    }

    private setTimer(name: TimerName, ms: number): void {
        this.clearTimer(name);
        const fire = () => {
            this.timers.delete(name);
            this.happen({ type: "timer", name });
        };
        this.timers.set(name, this.options.clock.later(ms, fire));
    }

    private clearTimer(name: TimerName): void {
        this.timers.get(name)?.();
        this.timers.delete(name);
    }

    private async open(link: Link, newerToken: boolean): Promise<void> {
        this.links.set(link.id, null);
        try {
            const { session } = this.options;
            const transports = await this.options.transports();
            const token = await (newerToken ? session.refresh() : session.getToken());
            // While the token was fetched the machine may have wanted something else.
            if (!this.links.has(link.id)) return;
            this.links.set(link.id, transports[link.transport](token, this.hearing(link)));
        } catch (error) {
            this.failed(link, error);
        }
    }

    private failed(link: Link, error: unknown): void {
        if (error instanceof SessionOver) return this.happen({ type: "session_over" });
        this.count({ errors: this.metrics.errors + 1 });
        this.happen({ type: "closed", link: link.id, ...lossOf(error) });
    }

    private hearing(link: Link): Hearing {
        const id = link.id;
        return {
            opened: (introduction) => this.opened(link, introduction),
            heard: () => this.happen({ type: "heard", link: id }),
            event: (event) => this.event(event),
            reply: (reply) => this.pending.settle(reply),
            reset: (channel, position) => this.reset(channel, position),
            tokenExpiring: () => void this.renewToken(),
            goingAway: (reconnectMs) => this.happen({ type: "going_away", link: id, reconnectMs }),
            closed: (loss) => {
                this.links.delete(id);
                this.count({ errors: this.metrics.errors + 1 });
                this.happen({ type: "closed", link: id, ...loss });
            },
        };
    }

    private opened(link: Link, introduction: Introduction): void {
        this.happen({ type: "opened", link: link.id, pingMs: introduction.ping_interval });
        const phase = this.state.phase;
        if (phase.name !== "open" || phase.link.id !== link.id) return;
        this.introduction = introduction;
        this.metrics = withConnect(this.metrics, this.options.clock.now());
        this.tell({ word: "metrics", metrics: this.metrics });
        this.tell({ word: "connected", introduction });
    }

    private event(event: LiveEvent): void {
        if (event.seq !== undefined && event.epoch !== undefined)
            this.introduce(event.channel, { seq: event.seq, epoch: event.epoch });
        this.metrics = { ...this.metrics, eventsReceived: this.metrics.eventsReceived + 1 };
        this.tell({ word: "event", event });
    }

    private reset(channel: string, position: Position): void {
        this.introduce(channel, position);
        this.count({ resets: this.metrics.resets + 1 });
        this.tell({ word: "reset", channel, position: { seq: position.seq, epoch: position.epoch } });
    }

    /** A tab that opens later begins where the channels stand then, not where they stood when we connected. */
    private introduce(channel: string, position: Position): void {
        if (!this.introduction) return;
        const channels = this.introduction.channels.map((known) =>
            known.channel === channel ? { channel, ...position } : known,
        );
        this.introduction = { ...this.introduction, channels };
    }

    private async renewToken(): Promise<void> {
        try {
            await this.send("auth", { token: await this.options.session.refresh() });
        } catch (error) {
            // Anything else is tried again when the gateway closes with 4440.
            if (error instanceof SessionOver) this.happen({ type: "session_over" });
        }
    }

    private async ping(): Promise<void> {
        const sent = this.options.clock.now();
        try {
            await this.send("ping", {});
            this.metrics = withLatency(this.metrics, this.options.clock.now() - sent);
            this.tell({ word: "metrics", metrics: this.metrics });
        } catch {
            // Silence is the machine's to judge.
        }
    }

    private count(change: Partial<ConnectionMetrics>): void {
        this.metrics = { ...this.metrics, ...change };
        this.tell({ word: "metrics", metrics: this.metrics });
    }

    private tellStatus(): void {
        const status = this.status();
        const text = JSON.stringify(status);
        if (text === this.told) return;
        this.told = text;
        this.tell({ word: "status", status });
    }

    private tell(word: Word): void {
        this.options.listener(word);
    }
}
