import type { StatusWish } from "../protocol";

type Wish = StatusWish["status"];

/** Which tab wants what of the connection that they share. */
export class Holdings {
    private readonly conversations = new Map<string, Set<string>>();
    private readonly wishes = new Map<string, Wish>();

    knows(tab: string): boolean {
        return this.wishes.has(tab);
    }

    /** A tab that said nothing yet is one that somebody just opened. */
    met(tab: string): void {
        if (!this.wishes.has(tab)) this.wishes.set(tab, "online");
    }

    joins(tab: string, conversationId: string): void {
        const tabs = this.conversations.get(conversationId) ?? new Set();
        this.conversations.set(conversationId, tabs.add(tab));
    }

    /** Whether nobody wants the conversation any more. */
    leaves(tab: string, conversationId: string): boolean {
        const tabs = this.conversations.get(conversationId);
        tabs?.delete(tab);
        if (tabs && tabs.size > 0) return false;
        this.conversations.delete(conversationId);
        return true;
    }

    /** Whether the gateway is to be told: a user is away when all their tabs are. */
    wants(tab: string, wish: Wish): boolean {
        this.wishes.set(tab, wish);
        return wish !== "away" || this.allAway();
    }

    /** The conversations that nobody wants now, and whether those who are left are all away. */
    gone(tab: string): { left: string[]; away: boolean } {
        const wasAway = this.wishes.get(tab) === "away";
        this.wishes.delete(tab);
        const held = [...this.conversations].filter(([, tabs]) => tabs.has(tab)).map(([id]) => id);
        const left = held.filter((id) => this.leaves(tab, id));
        return { left, away: !wasAway && this.wishes.size > 0 && this.allAway() };
    }

    private allAway(): boolean {
        return [...this.wishes.values()].every((wish) => wish === "away");
    }
}
