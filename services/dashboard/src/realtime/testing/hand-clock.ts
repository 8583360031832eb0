import type { Clock } from "../connection/clock";

/** A clock that tests move by hand. */
export class HandClock implements Clock {
    private time = 1_000_000;
    private timers: { at: number; run: () => void }[] = [];

    constructor(private readonly luck: () => number = () => 0.5) {}

    now = (): number => this.time;
    chance = (): number => this.luck();

    later = (ms: number, run: () => void): (() => void) => {
        const timer = { at: this.time + ms, run };
        this.timers.push(timer);
        return () => {
            this.timers = this.timers.filter((known) => known !== timer);
        };
    };

    /** Lets all that is due by then happen, in order, and whatever that causes. */
    async pass(ms: number): Promise<void> {
        const end = this.time + ms;
        for (;;) {
            await settled();
            const next = this.timers.filter(({ at }) => at <= end).sort((a, b) => a.at - b.at)[0];
            if (!next) break;
            this.timers = this.timers.filter((known) => known !== next);
            this.time = Math.max(this.time, next.at);
            next.run();
        }
        this.time = end;
        await settled();
    }
}

/** Every promise that can go on has gone on. */
export async function settled(): Promise<void> {
    for (let turn = 0; turn < 30; turn += 1) await Promise.resolve();
}
