import { CircleAlert } from "lucide-react";
import { useProblemText } from "./useProblemText";

/** Why something that was asked for was not done, where it was asked for. */
export function RefusalNote({ error }: { error: unknown }) {
    const say = useProblemText();
    if (error === null || error === undefined) return null;
    return (
        <p
            role="alert"
            className="flex items-start gap-2 rounded-md bg-destructive-soft px-3 py-2 text-[0.8125rem] text-destructive"
        >
            <CircleAlert aria-hidden className="mt-0.5 size-4 shrink-0" />
            <span className="min-w-0 break-words">{say(error)}</span>
        </p>
    );
}
