import type { Clock } from "@/realtime/connection/clock";

export const RENEWAL_MS = 3_000;

/** Tells that somebody types: at most every 3 s while they do, and once that they stopped. */
export class TypingPace {
    private toldAt: number | null = null;
    private forget: () => void = () => undefined;

    constructor(
        private readonly clock: Clock,
        private readonly tell: (typing: boolean) => void,
    ) {}

    keystroke(): void {
        const now = this.clock.now();
        if (this.toldAt === null || now - this.toldAt >= RENEWAL_MS) {
            this.toldAt = now;
            this.tell(true);
        }
        this.forget();
        this.forget = this.clock.later(RENEWAL_MS, () => this.stop());
    }

    stop(): void {
        this.forget();
        if (this.toldAt === null) return;
        this.toldAt = null;
        this.tell(false);
    }
}
