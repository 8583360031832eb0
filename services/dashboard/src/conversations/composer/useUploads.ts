import { useCallback, useEffect, useReducer, useRef } from "react";
import { useTranslation } from "react-i18next";
import { asProblem } from "@/api/problem";
import { reasonKey } from "@/ui/reason";
import { inTurns } from "./turns";
import { uploadFile } from "./upload";
import { uploadsAfter } from "./uploads";

// A folder that is dropped goes file by file: more at once than the API takes of one user would be refused.
const inTurn = inTurns(4);

/** The files that go with what is being written. They are uploaded while one still writes. */
export function useUploads(conversationId: string) {
    const ui = useTranslation("ui");
    const [uploads, tell] = useReducer(uploadsAfter, []);
    const aborts = useRef(new Map<string, AbortController>());
    useEffect(() => {
        const running = aborts.current;
        return () => running.forEach((abort) => abort.abort());
    }, []);

    const start = useCallback(
        (key: string, file: File) => {
            const abort = new AbortController();
            aborts.current.set(key, abort);
            inTurn(() =>
                uploadFile(conversationId, file, (progress) => tell({ type: "progress", key, progress }), abort.signal),
            ).then(
                (attachmentId) => tell({ type: "ready", key, attachmentId }),
                (error: unknown) => {
                    if (!abort.signal.aborted)
                        tell({ type: "failed", key, reason: ui.t(reasonKey(asProblem(error).status)) });
                },
            );
        },
        [conversationId, ui],
    );

    const add = useCallback(
        (files: Iterable<File>) => {
            for (const file of files) {
                const key = crypto.randomUUID();
                tell({ type: "added", key, file });
                start(key, file);
            }
        },
        [start],
    );
    const remove = (key: string) => {
        aborts.current.get(key)?.abort();
        tell({ type: "removed", key });
    };
    const retry = (key: string) => {
        const upload = uploads.find((one) => one.key === key);
        if (!upload) return;
        tell({ type: "retried", key });
        start(key, upload.file);
    };
    return { uploads, add, remove, retry, clear: () => tell({ type: "cleared" }) };
}
