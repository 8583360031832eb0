import type { UseQueryResult } from "@tanstack/react-query";
import { RotateCw } from "lucide-react";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { asProblem } from "@/api/problem";
import { Button } from "./button";
import { ErrorState } from "./error-state";
import { reasonKey } from "./reason";

type Loaded = Pick<UseQueryResult, "isError" | "error"> & { refetch: () => unknown };
type RegionProps<T> = {
    query: Loaded & { data: T | undefined };
    skeleton: ReactNode;
    children: (data: T) => ReactNode;
};

/** What a query shows: its place while it loads, why it could not, or its data; old data stays, and says that it is old. */
export function Region<T>({ query, skeleton, children }: RegionProps<T>) {
    const retry = () => void query.refetch();
    if (query.data === undefined)
        return query.isError ? <ErrorState error={query.error} onRetry={retry} /> : <Loading>{skeleton}</Loading>;
    return (
        <>
            {query.isError && <OutOfDate error={query.error} onRetry={retry} />}
            {children(query.data)}
        </>
    );
}

function Loading({ children }: { children: ReactNode }) {
    const { t } = useTranslation("ui");
    return (
        <div aria-busy="true">
            <span className="sr-only" role="status">
                {t("loading")}
            </span>
            {children}
        </div>
    );
}

function OutOfDate({ error, onRetry }: { error: unknown; onRetry: () => void }) {
    const { t } = useTranslation("ui");
    return (
        <div
            role="alert"
            className="flex flex-wrap items-center gap-2 rounded-md bg-warning-soft px-3 py-1.5 text-[0.8125rem] text-warning"
        >
            <span className="min-w-0 flex-1">{t(reasonKey(asProblem(error).status))}</span>
            <Button variant="ghost" size="sm" className="text-warning" onClick={onRetry}>
                <RotateCw aria-hidden />
                {t("error.retry")}
            </Button>
        </div>
    );
}
