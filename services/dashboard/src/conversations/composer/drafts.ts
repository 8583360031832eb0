// What somebody has begun to write, per conversation and per way of saying it: words for a colleague must never turn up
// in the box whose text goes to the patient.

export type Mode = "reply" | "note";
export type Draft = { text: string; replyTo: string | null };

/** What drafts are kept in; `window.localStorage` is one. */
export type Shelf = Pick<Storage, "getItem" | "setItem" | "removeItem">;

const KEPT_MS = 7 * 24 * 3_600_000;
const MOST = 200;

type Kept = Record<string, { text: string; replyTo: string | null; at: number }>;

/** One user's drafts. Another user of the same browser does not see them; old ones go by themselves. */
export class Drafts {
    private readonly name: string;

    constructor(
        userId: string,
        private readonly shelf: Shelf,
        private readonly now: () => number,
    ) {
        this.name = `prosa.drafts.${userId}`;
    }

    read(conversationId: string, mode: Mode): Draft {
        const kept = this.all()[`${conversationId} ${mode}`];
        return { text: kept?.text ?? "", replyTo: kept?.replyTo ?? null };
    }

    /** An empty draft is none. */
    write(conversationId: string, mode: Mode, draft: Draft): void {
        const name = `${conversationId} ${mode}`;
        const others = Object.entries(this.all()).filter(([key]) => key !== name);
        const empty = draft.text.trim() === "" && draft.replyTo === null;
        const own: [string, Kept[string]][] = empty ? [] : [[name, { ...draft, at: this.now() }]];
        this.keep(Object.fromEntries([...own, ...others]));
    }

    /** Whether a list shows that something was begun there. */
    has(conversationId: string): boolean {
        return this.read(conversationId, "reply").text.trim() !== "";
    }

    forget(): void {
        this.shelf.removeItem(this.name);
    }

    private all(): Kept {
        const fresh = Object.entries(parsed(this.shelf.getItem(this.name))).filter(
            ([, { at }]) => this.now() - at < KEPT_MS,
        );
        return Object.fromEntries(fresh);
    }

    private keep(drafts: Kept): void {
        const newest = Object.entries(drafts).sort(([, one], [, other]) => other.at - one.at);
        try {
            this.shelf.setItem(this.name, JSON.stringify(Object.fromEntries(newest.slice(0, MOST))));
        } catch {
            // The browser gives no room, or private browsing none at all: the text stays in its box.
        }
    }
}

function parsed(text: string | null): Kept {
    try {
        const value: unknown = JSON.parse(text ?? "{}");
        if (typeof value !== "object" || value === null) return {};
        return Object.fromEntries(Object.entries(value).filter(([, draft]) => isKept(draft)));
    } catch {
        return {};
    }
}

function isKept(draft: unknown): boolean {
    if (typeof draft !== "object" || draft === null) return false;
    const { text, replyTo, at } = draft as Record<string, unknown>;
    return typeof text === "string" && typeof at === "number" && (replyTo === null || typeof replyTo === "string");
}
