import type { LiveEvent, Position } from "../contract";

/** How one tab stands in one channel. */
export interface Channel {
    position: Position | null;
    /** A join is under way: what arrives meanwhile is held until it is known what came before. */
    joining: boolean;
    held: readonly LiveEvent[];
}

export interface Received {
    channel: Channel;
    /** Each event once, in order. */
    deliver: LiveEvent[];
    /** Something is missing before what arrived: resume from the position. */
    gap: boolean;
    duplicate?: boolean;
}

export interface Joined extends Received {
    /** Events may be missing: have what the channel shows fetched, before what is delivered. */
    reset: boolean;
}

export interface JoinAnswer extends Position {
    recovered: boolean;
    events: readonly LiveEvent[];
}

export const NEW_CHANNEL: Channel = { position: null, joining: true, held: [] };

/** More than that is fetched anew rather than held. */
const MOST_HELD = 1_000;

function isDurable(event: LiveEvent): event is LiveEvent & Position {
    return event.seq !== undefined && event.epoch !== undefined;
}

/** An event in its turn; a second time it is dropped, and one that comes too early asks for what is missing. */
export function receive(channel: Channel, event: LiveEvent): Received {
    if (!isDurable(event)) return { channel, deliver: [event], gap: false };
    const { position } = channel;
    if (position && event.epoch === position.epoch && event.seq <= position.seq) {
        return { channel, deliver: [], gap: false, duplicate: true };
    }
    if (channel.joining || !position) {
        const held = [...channel.held, event].slice(-MOST_HELD);
        return { channel: { ...channel, held }, deliver: [], gap: false };
    }
    if (event.epoch === position.epoch && event.seq === position.seq + 1) {
        return {
            channel: { ...channel, position: { seq: event.seq, epoch: event.epoch } },
            deliver: [event],
            gap: false,
        };
    }
    return { channel: { position, joining: true, held: [event] }, deliver: [], gap: true };
}

/** A join is answered: what was missed, then what was held meanwhile. */
export function joined(channel: Channel, answer: JoinAnswer): Joined {
    const { position } = channel;
    const reset = !answer.recovered;
    const missed = reset ? [] : answer.events.filter((event) => isDurable(event) && isAfter(event, position));
    const at = newest(position, { seq: answer.seq, epoch: answer.epoch });
    // What is held from another epoch was told before the answer, which knows of it.
    const held = channel.held.filter((event) => event.epoch === at.epoch);
    return { ...replay({ position: at, joining: false, held: [] }, held, missed), reset };
}

/** The gateway says that events may be missing, and where the channel goes on. */
export function moved(channel: Channel, position: Position): Channel {
    return { ...channel, position };
}

function isAfter(event: LiveEvent & Position, position: Position | null): boolean {
    return !position || event.epoch !== position.epoch || event.seq > position.seq;
}

/** A `reset` may have moved the channel further than the join that was under way. */
function newest(known: Position | null, answered: Position): Position {
    return known && known.epoch === answered.epoch && known.seq > answered.seq ? known : answered;
}

function replay(from: Channel, held: readonly LiveEvent[], before: LiveEvent[]): Received {
    let channel = from;
    const deliver = [...before];
    let gap = false;
    for (const event of held) {
        const next = receive(channel, event);
        channel = next.channel;
        deliver.push(...next.deliver);
        gap ||= next.gap;
    }
    return { channel, deliver, gap };
}
