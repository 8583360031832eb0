import { CircleAlert } from "lucide-react";
import { useTranslation } from "react-i18next";
import type { Problem } from "@/api/problem";
import { refusalKey } from "./signing-in";

/** Why signing in failed. A screen reader hears it once: the seconds that count down are not announced. */
export function LoginRefusal({ problem, waiting }: { problem: Problem | null; waiting: number }) {
    const { t } = useTranslation("session");
    if (!problem || (problem.status === 429 && waiting === 0)) return null;
    const announced = t(refusalKey(problem), { count: problem.retryAfterSeconds ?? 0 });
    const shown = t(refusalKey(problem), { count: waiting });
    return (
        <div className="flex gap-2 rounded-md bg-destructive-soft px-3 py-2 text-sm text-destructive">
            <CircleAlert aria-hidden className="mt-0.5 size-4 shrink-0" />
            <p role="alert" className="sr-only">
                {announced}
            </p>
            <p aria-hidden>{shown}</p>
        </div>
    );
}
