import { useCallback, useState } from "react";
import { useDrafts } from "../desk/useDrafts";
import type { Draft, Mode } from "./drafts";

/** What is being written, per way of saying it; every change is kept as a draft. */
export function useComposerText(conversationId: string) {
    const drafts = useDrafts();
    const [mode, setMode] = useState<Mode>("reply");
    const [kept, setKept] = useState<Record<Mode, Draft>>(() => ({
        reply: drafts.read(conversationId, "reply"),
        note: drafts.read(conversationId, "note"),
    }));
    const change = useCallback(
        (some: Partial<Draft>, of: Mode) =>
            setKept((now) => {
                const next = { ...now[of], ...some };
                drafts.write(conversationId, of, next);
                return { ...now, [of]: next };
            }),
        [drafts, conversationId],
    );
    return { mode, setMode, draft: kept[mode], change };
}
