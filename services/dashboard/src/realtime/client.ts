import { Feed } from "./channels/feed";
import { CommandError } from "./contract";
import type {
    CommandData,
    CommandType,
    ConnectionMetrics,
    ConnectionStatus,
    Introduction,
    LiveEvent,
    RealtimeClient,
    ReplyData,
    Session,
    Unsubscribe,
} from "./contract";
import { CLOCK, type Clock } from "./connection/clock";
import { Connection } from "./connection/connection";
import type { Line, Listener, Word } from "./connection/line";
import { NO_METRICS } from "./connection/metrics";
import { STOPPED } from "./connection/status";
import { watchBrowser } from "./connection/watching";
import { LIMITS, type Limits } from "./machine/state";
import { sharingBrowser, type Browser } from "./tabs/browser";
import { SharedLine } from "./tabs/shared-line";
import { pollTransport } from "./transports/poll";
import { socketTransport } from "./transports/socket";

export interface Address {
    /** The gateway's socket, as `wss://host/ws`. */
    socketUrl: string;
    /** Where it is polled instead, as `https://host/realtime/poll`, and takes commands. */
    pollUrl: string;
    commandUrl: string;
    /** Tries with growing waits, before the slow ones that go on for ever; 5 unless told. */
    fastTries?: number;
}

export interface RealtimeOptions {
    session: Session;
    /** Where the gateway is, or how that is found out; a failure is tried again. */
    address: Address | (() => Promise<Address>);
    /** How tabs share a connection; null: this tab has its own. Left out: as the browser can. */
    browser?: Browser | null;
    clock?: Clock;
    limits?: Limits;
    tab?: string;
}

/** A client of the realtime gateway; `start()` it. All tabs of a user in one browser share one connection. */
export function createRealtimeClient(options: RealtimeOptions): RealtimeClient {
    return new Client(options);
}

class Client implements RealtimeClient {
    private line: Line | null = null;
    private readonly feed: Feed;
    private readonly clock: Clock;
    private current: ConnectionStatus = STOPPED;
    private figures: ConnectionMetrics = NO_METRICS;
    private own = { duplicatesDropped: 0, gapsFound: 0 };
    private fastTries: number | null = null;
    private unwatch: Unsubscribe = () => undefined;
    private readonly listeners = {
        status: new Set<() => void>(),
        metrics: new Set<() => void>(),
        connected: new Set<(introduction: Introduction) => void>(),
        event: new Set<(event: LiveEvent) => void>(),
        reset: new Set<(channel: string) => void>(),
    };

    constructor(private readonly options: RealtimeOptions) {
        this.clock = options.clock ?? CLOCK;
        const line = { send: this.send.bind(this), reconnect: () => this.reconnect(), stop: () => this.stop() };
        this.feed = new Feed(line, this.clock, {
            event: (event) => this.listeners.event.forEach((listener) => listener(event)),
            reset: (channel) => this.listeners.reset.forEach((listener) => listener(channel)),
            connected: (introduction) => this.listeners.connected.forEach((listener) => listener(introduction)),
            counted: (what) => {
                this.own[what] += 1;
                this.measured(this.figures);
            },
        });
    }

    start(): void {
        if (this.line) return;
        const browser = this.options.browser === undefined ? sharingBrowser() : this.options.browser;
        this.line = browser ? this.shared(browser) : this.sole();
    }

    stop({ signedOut = false } = {}): void {
        this.unwatch();
        this.unwatch = () => undefined;
        this.line?.stop(signedOut);
        this.line = null;
        this.hear({ word: "status", status: STOPPED });
    }

    reconnect(): void {
        this.line?.reconnect();
    }

    status = (): ConnectionStatus => this.current;
    metrics = (): ConnectionMetrics => this.figures;
    onStatus = (listener: () => void) => added(this.listeners.status, listener);
    onMetrics = (listener: () => void) => added(this.listeners.metrics, listener);
    onConnected = (listener: (introduction: Introduction) => void) => added(this.listeners.connected, listener);
    onEvent = (listener: (event: LiveEvent) => void) => added(this.listeners.event, listener);
    onReset = (listener: (channel: string) => void) => added(this.listeners.reset, listener);
    join: RealtimeClient["join"] = (conversationId, listener) => this.feed.join(conversationId, listener);

    send<T extends CommandType>(type: T, data: CommandData[T]): Promise<ReplyData[T]> {
        return (
            this.line?.send(type, data) ?? Promise.reject(new CommandError("offline", "the client is stopped", true))
        );
    }

    private sole(): Line {
        const connection = this.connect((word) => this.hear(word));
        connection.happen({ type: "start" });
        return connection;
    }

    private shared(browser: Browser): Line {
        const tab = this.options.tab ?? crypto.randomUUID();
        const { userId } = this.options.session;
        return new SharedLine({
            userId,
            tab,
            browser,
            clock: this.clock,
            connect: (listener) => this.connect(listener),
            listener: (word) => this.hear(word),
        });
    }

    private connect(listener: Listener): Connection {
        const { session } = this.options;
        const transports = this.transports(crypto.randomUUID());
        const connection = new Connection({
            session,
            transports,
            clock: this.clock,
            listener,
            limits: () => this.limits(),
        });
        this.unwatch();
        this.unwatch = watchBrowser(connection);
        return connection;
    }

    private limits(): Limits {
        const limits = this.options.limits ?? LIMITS;
        return this.fastTries === null
            ? limits
            : { ...limits, backoff: { ...limits.backoff, fastTries: this.fastTries } };
    }

    private transports(connection: string) {
        const { session, address } = this.options;
        return async () => {
            const { socketUrl, pollUrl, commandUrl, fastTries } =
                typeof address === "function" ? await address() : address;
            this.fastTries = fastTries ?? null;
            const { userId, clinicId } = session;
            const getToken = () => session.getToken();
            const poll = pollTransport({ pollUrl, commandUrl, userId, clinicId, connection, getToken });
            return { socket: socketTransport(socketUrl), poll };
        };
    }

    private hear(word: Word): void {
        if (word.word === "status") this.become(word.status);
        if (word.word === "metrics") this.measured(word.metrics);
        this.feed.hear(word);
    }

    private become(status: ConnectionStatus): void {
        this.current = status;
        this.listeners.status.forEach((listener) => listener());
    }

    private measured(metrics: ConnectionMetrics): void {
        this.figures = { ...metrics, ...this.own };
        this.listeners.metrics.forEach((listener) => listener());
    }
}

function added<L>(listeners: Set<L>, listener: L): Unsubscribe {
    listeners.add(listener);
    return () => {
        listeners.delete(listener);
    };
}
