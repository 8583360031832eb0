import { useCallback, useState } from "react";
import { asProblem, isTemporary } from "@/api/problem";
import type { OptimisticAction } from "./contract";
import type { Desk } from "./desk";
import { useDesk } from "./DeskContext";
import { optimistically, type Progress } from "./optimistically";

export interface OptimisticOptions<V, R> {
    /** Names the texts of `OptimisticFeedback`. */
    action: string;
    show(desk: Desk, variables: V): () => void;
    mutate(desk: Desk, variables: V): Promise<R>;
    settle?(desk: Desk, result: R, variables: V): void;
}

type Standing = Pick<OptimisticAction<unknown>, "state" | "error">;
const IDLE: Standing = { state: "idle", error: null };

/** Something that is shown at once, retried while that may help, and taken back if the server refuses. */
export function useOptimisticMutation<V, R>({
    action,
    show,
    mutate,
    settle,
}: OptimisticOptions<V, R>): OptimisticAction<V> {
    const desk = useDesk();
    const [standing, setStanding] = useState(IDLE);
    const run = useCallback(
        (variables: V) => {
            const token = crypto.randomUUID();
            const progress = (now: Progress) => {
                const error = now.state === "rolled-back" ? now.error : null;
                setStanding({ state: now.state, error });
                desk.feedback.tell({ token, action, state: now.state, error });
            };
            return optimistically<R>({
                show: () => show(desk, variables),
                mutate: () => mutate(desk, variables),
                settle: (result) => settle?.(desk, result, variables),
                isTemporary: (error) => isTemporary(asProblem(error)),
                progress,
                clock: desk.clock,
            });
        },
        [desk, action, show, mutate, settle],
    );
    const reset = useCallback(() => setStanding(IDLE), []);
    return { run, ...standing, reset };
}
