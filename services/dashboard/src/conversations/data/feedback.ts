/** How something that was shown at once goes on with the server. */
export interface Feedback {
    token: string;
    /** Which hook it is of: names a text. */
    action: string;
    state: "running" | "retrying" | "done" | "rolled-back";
    error: Error | null;
}

/** What is under way, and what was taken back lately. */
export class FeedbackList {
    private list: readonly Feedback[] = [];
    private readonly listeners = new Set<() => void>();

    all = (): readonly Feedback[] => this.list;

    subscribe = (listener: () => void): (() => void) => {
        this.listeners.add(listener);
        return () => {
            this.listeners.delete(listener);
        };
    };

    tell(feedback: Feedback): void {
        const others = this.list.filter(({ token }) => token !== feedback.token);
        this.become(feedback.state === "done" ? others : [...others, feedback]);
    }

    dismiss(token: string): void {
        this.become(this.list.filter((feedback) => feedback.token !== token));
    }

    private become(list: readonly Feedback[]): void {
        this.list = list;
        this.listeners.forEach((listener) => listener());
    }
}
