import { useTranslation } from "react-i18next";
import { asProblem, type Problem } from "@/api/problem";
import { useTimes } from "@/i18n/useTimes";
import { reasonKey } from "@/ui/reason";

/** Says why the API refused something: in our words where we know the code, else by the status. */
export function useProblemText(): (error: unknown) => string {
    const { t, i18n } = useTranslation(["operations", "ui"]);
    const times = useTimes();
    return (error) => {
        const problem = asProblem(error);
        const key = `problem.${problem.code ?? ""}`;
        if (problem.code && i18n.exists(key, { ns: "operations" })) return t(key, valuesOf(problem, times.full));
        const stated = problem.status === 400 || problem.status === 409 ? statement(problem) : "";
        return [t(reasonKey(problem.status), { ns: "ui" }), stated].filter(Boolean).join(" ");
    };
}

function valuesOf(problem: Problem, time: (iso: string) => string): Record<string, unknown> {
    const at = problem.body.at;
    return { ...problem.body, at: typeof at === "string" ? time(at) : "" };
}

/** The API's own words, which are English: better than none where ours do not say what is wrong. */
function statement(problem: Problem): string {
    const fields = problem.fields.map(({ path, message }) => (path ? `${path}: ${message}` : message));
    return fields.length > 0 ? fields.join("; ") : problem.message;
}
