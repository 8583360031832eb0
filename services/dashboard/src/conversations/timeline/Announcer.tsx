import { useEffect, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { useTimes } from "@/i18n/useTimes";
import { useUser } from "@/session/useSession";
import type { TimelineMessage } from "../entities";
import { oneLine, shownKind } from "../list/preview";
import { newsSince } from "./announcement";
import { isNote } from "./identity";
import { useSender } from "./useSender";

const KEPT_LINES = 5;

/**
 * Tells screen readers what comes in, a line for each message. The timeline itself is no live region: loading its older
 * pages would have all of them read out.
 */
export function Announcer({ name, messages }: { name: string; messages: readonly TimelineMessage[] }) {
    const { t } = useTranslation("conversations");
    const lineOf = useLine();
    const { id } = useUser();
    const lastKey = useRef<string | null>(null);
    const [lines, setLines] = useState<{ key: string; text: string }[]>([]);
    useEffect(() => {
        const news = newsSince(messages, lastKey.current, id);
        lastKey.current = messages.at(-1)?.key ?? lastKey.current;
        if (news.length === 0) return;
        const said = news.map((message) => ({ key: message.key, text: lineOf(message) }));
        setLines((before) => [...before, ...said].slice(-KEPT_LINES));
    }, [messages, id, lineOf]);
    return (
        <div role="log" aria-label={t("timeline.log", { name })} className="sr-only">
            {lines.map(({ key, text }) => (
                <p key={key}>{text}</p>
            ))}
        </div>
    );
}

function useLine(): (message: TimelineMessage) => string {
    const { t } = useTranslation("conversations");
    const times = useTimes();
    const sender = useSender();
    const line = (message: TimelineMessage) => {
        const kind = shownKind(message.message_type);
        const text = oneLine(message.content) || (kind ? t(`kind.${kind}`) : "");
        const key = isNote(message) ? "timeline.announcedNote" : "timeline.announced";
        return t(key, { name: sender(message), time: times.clock(message.timestamp), text });
    };
    const latest = useRef(line);
    useEffect(() => {
        latest.current = line;
    });
    const [stable] = useState(() => (message: TimelineMessage) => latest.current(message));
    return stable;
}
