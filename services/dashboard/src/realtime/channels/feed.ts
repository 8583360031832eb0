import { CommandError } from "../contract";
import type { ConversationListener, JoinedConversation, LiveEvent, Position } from "../contract";
import type { Clock } from "../connection/clock";
import type { Line, Word } from "../connection/line";
import type { Introduction } from "../protocol";
import { joined, moved, NEW_CHANNEL, receive, type Channel, type JoinAnswer, type Received } from "./channel";

export interface FeedListener {
    event(event: LiveEvent): void;
    reset(channel: string): void;
    connected(introduction: Introduction): void;
    counted(what: "duplicatesDropped" | "gapsFound"): void;
}

const RETRY_MS = 1_000;
const SPREAD_MS = 2_000;

/** One tab's channels: joins and resumes them over whatever connection there is, and gives each event once and in order. */
export class Feed {
    private readonly channels = new Map<string, Channel>();
    private readonly callers = new Map<string, Set<ConversationListener>>();
    private connected = false;
    /** Rises with every connection: answers to an earlier one's joins count for nothing. */
    private round = 0;

    constructor(
        private readonly line: Line,
        private readonly clock: Clock,
        private readonly listener: FeedListener,
    ) {}

    hear(word: Word): void {
        switch (word.word) {
            case "connected":
                return this.onConnected(word.introduction);
            case "event":
                return this.onEvent(word.event);
            case "reset":
                return this.onReset(word.channel, word.position);
            case "status":
                if (word.status.liveness !== "live") this.connected = false;
                return;
            default:
                return;
        }
    }

    join(conversationId: string, caller: ConversationListener): JoinedConversation {
        const name = `conversa:${conversationId}`;
        const callers = this.callers.get(name) ?? new Set();
        callers.add(caller);
        this.callers.set(name, callers);
        // A second caller in a tab has to know who types and looks, too: joining again tells.
        if (!this.channels.has(name)) this.channels.set(name, NEW_CHANNEL);
        if (this.connected) this.rejoin(name);
        return { leave: () => this.leave(name, caller) };
    }

    private leave(name: string, caller: ConversationListener): void {
        const callers = this.callers.get(name);
        if (!callers?.delete(caller) || callers.size > 0) return;
        this.callers.delete(name);
        this.channels.delete(name);
        this.line.send("conversation:leave", { conversation_id: idOf(name) }).catch(() => undefined);
    }

    private onConnected(introduction: Introduction): void {
        this.connected = true;
        this.round += 1;
        introduction.channels.forEach(({ channel, ...position }) => this.introduced(channel, position));
        for (const name of this.callers.keys()) this.rejoin(name);
        this.listener.connected(introduction);
    }

    /** A channel that is joined with the connection itself. Of the clinic's what was missed can be had. */
    private introduced(name: string, position: Position): void {
        const known = this.channels.get(name)?.position;
        if (known && known.epoch === position.epoch && known.seq === position.seq) return;
        if (known && name.startsWith("empresa:")) return this.rejoin(name);
        this.settle(
            name,
            joined(this.channels.get(name) ?? NEW_CHANNEL, { ...position, recovered: false, events: [] }),
        );
    }

    private onReset(name: string, position: Position): void {
        const channel = this.channels.get(name);
        if (!channel) return;
        this.channels.set(name, moved(channel, position));
        // Everybody is told at once, and everybody will fetch.
        this.clock.later(this.clock.chance() * SPREAD_MS, () => this.tellReset(name));
    }

    private onEvent(event: LiveEvent): void {
        const channel = this.channels.get(event.channel);
        if (!channel) return;
        const received = receive(channel, event);
        if (received.duplicate) this.listener.counted("duplicatesDropped");
        this.deliver(event.channel, received);
    }

    private deliver(name: string, { channel, deliver, gap }: Received): void {
        this.channels.set(name, channel);
        deliver.forEach((event) => this.tell(name, event));
        if (!gap) return;
        this.listener.counted("gapsFound");
        this.rejoin(name);
    }

    private settle(name: string, settled: ReturnType<typeof joined>): void {
        this.channels.set(name, settled.channel);
        if (settled.reset) this.tellReset(name);
        this.deliver(name, settled);
    }

    private tell(name: string, event: LiveEvent): void {
        this.callers.get(name)?.forEach((caller) => caller.onEvent?.(event));
        this.listener.event(event);
    }

    private tellReset(name: string): void {
        this.callers.get(name)?.forEach((caller) => caller.onReset?.(name));
        this.listener.reset(name);
    }

    private rejoin(name: string): void {
        const channel = this.channels.get(name);
        if (!channel) return;
        this.channels.set(name, { ...channel, joining: true });
        const round = this.round;
        const current = () => round === this.round && this.channels.has(name);
        this.ask(name, channel.position).then(
            (answer) => {
                if (current()) this.settle(name, joined(this.channels.get(name) ?? NEW_CHANNEL, answer));
            },
            (error: unknown) => {
                if (current()) this.refused(name, error);
            },
        );
    }

    private async ask(name: string, since: Position | null): Promise<JoinAnswer> {
        const from = since ? { since } : {};
        if (name.startsWith("empresa:")) return (await this.line.send("clinic:join", from)) as JoinAnswer;
        const reply = await this.line.send("conversation:join", { conversation_id: idOf(name), ...from });
        this.callers.get(name)?.forEach((caller) => caller.onJoined?.(reply));
        return reply as JoinAnswer;
    }

    private refused(name: string, error: unknown): void {
        const refusal = error instanceof CommandError ? error : new CommandError("failed", String(error), true);
        if (refusal.code === "offline") return;
        if (refusal.temporary)
            return void this.clock.later(refusal.retryMs ?? RETRY_MS, () => this.connected && this.rejoin(name));
        this.channels.delete(name);
        this.callers.get(name)?.forEach((caller) => caller.onRefused?.(refusal));
    }
}

function idOf(channel: string): string {
    return channel.slice(channel.indexOf(":") + 1);
}
