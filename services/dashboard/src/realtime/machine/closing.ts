/** What a close code asks of a client; the table stands in docs/realtime.md. */
export type Closing =
    | { then: "again" }
    /** Another of the user's tabs needed the place: come back, but not to push that one out. */
    | { then: "again-slowly" }
    | { then: "again-with-newer-token" }
    | { then: "sign-in" }
    | { then: "give-up" };

export function closingOf(code: number): Closing {
    if (code === 4440 || code === 4502) return { then: "again-with-newer-token" };
    if (code === 4501 || code === 4503) return { then: "sign-in" };
    if (code === 4409 || code === 4429) return { then: "again-slowly" };
    if (code >= 4500 && code <= 4999) return { then: "give-up" };
    return { then: "again" };
}
