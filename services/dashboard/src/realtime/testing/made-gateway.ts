import type { Hearing, OpenTransport, Transport, CommandFrame } from "../transports/transport";
import type { LiveEvent, Position } from "../contract";

interface Link {
    hearing: Hearing;
    joined: Set<string>;
    open: boolean;
}

/** A gateway with real positions and histories, whose connections a test cuts and whose events it loses. */
export class MadeGateway {
    readonly histories = new Map<string, LiveEvent[]>();
    private readonly epochs = new Map<string, number>();
    private readonly links = new Set<Link>();
    /** What is published while this is set reaches nobody; resuming finds it. */
    losing = false;
    opened = 0;
    mostOpen = 0;
    commands: { type: string; data: unknown }[] = [];

    readonly transport: OpenTransport = (_token, hearing) => this.accept(hearing);

    get open(): number {
        return this.links.size;
    }

    position(channel: string): Position {
        return { seq: this.histories.get(channel)?.length ?? 0, epoch: `e${this.epochs.get(channel) ?? 0}` };
    }

    publish(channel: string, data: Record<string, unknown> = {}): LiveEvent {
        const history = this.histories.get(channel) ?? [];
        this.histories.set(channel, history);
        const { epoch } = this.position(channel);
        const event = {
            type: "message:new",
            channel,
            targetId: "",
            timestamp: "",
            seq: history.length + 1,
            epoch,
            data,
        } as unknown as LiveEvent;
        history.push(event);
        if (!this.losing) this.links.forEach((link) => link.joined.has(channel) && link.hearing.event(event));
        return event;
    }

    repeat(channel: string): void {
        const last = this.histories.get(channel)?.at(-1);
        if (last) this.links.forEach((link) => link.joined.has(channel) && link.hearing.event(last));
    }

    /** As when Redis is emptied: another epoch, and whoever is connected is told. */
    empty(channel: string): void {
        this.epochs.set(channel, (this.epochs.get(channel) ?? 0) + 1);
        this.histories.set(channel, []);
        this.links.forEach((link) => link.joined.has(channel) && link.hearing.reset(channel, this.position(channel)));
    }

    cut(code = 1006): void {
        const links = [...this.links];
        this.links.clear();
        links.forEach((link) => {
            link.open = false;
            link.hearing.closed({ code });
        });
    }

    private accept(hearing: Hearing): Transport {
        const link: Link = { hearing, joined: new Set(["empresa:1", "atendente:1", "presence:1"]), open: true };
        this.links.add(link);
        this.opened += 1;
        this.mostOpen = Math.max(this.mostOpen, this.links.size);
        queueMicrotask(() => link.open && this.introduce(link));
        return {
            send: (frame) => queueMicrotask(() => link.open && this.answer(link, frame)),
            close: () => {
                link.open = false;
                this.links.delete(link);
            },
        };
    }

    private introduce(link: Link): void {
        const channels = [...link.joined].map((channel) => ({ channel, ...this.position(channel) }));
        link.hearing.opened({
            connection_id: "c",
            user_id: "1",
            clinic_id: "1",
            ping_interval: 25_000,
            server_time: "",
            channels,
        });
    }

    private answer(link: Link, { id, type, data }: CommandFrame): void {
        this.commands.push({ type, data });
        const reply = (value: unknown) => link.hearing.reply({ type: "reply", id, ok: true, data: value });
        const asked = data as { conversation_id?: string; since?: Position };
        const channel = type === "clinic:join" ? "empresa:1" : `conversa:${asked.conversation_id ?? ""}`;
        if (type === "conversation:leave") link.joined.delete(channel);
        if (!type.endsWith(":join")) return reply({});
        link.joined.add(channel);
        const position = this.position(channel);
        const recovered = asked.since?.epoch === position.epoch;
        const events = recovered ? (this.histories.get(channel) ?? []).slice(asked.since?.seq ?? 0) : [];
        reply({
            channel,
            conversation_id: asked.conversation_id,
            ...position,
            recovered,
            events,
            typing: [],
            viewers: [],
        });
    }
}
