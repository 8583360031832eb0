import { CircleAlert, RotateCw } from "lucide-react";
import { useTranslation } from "react-i18next";
import { asProblem } from "@/api/problem";
import { Button } from "./button";
import { cn } from "./cn";
import { reasonKey } from "./reason";

type ErrorStateProps = { error: unknown; onRetry?: () => void; title?: string; className?: string };

/** A region that could not be loaded: why, and a way to try again. */
export function ErrorState({ error, onRetry, title, className }: ErrorStateProps) {
    const { t } = useTranslation("ui");
    const problem = asProblem(error);
    return (
        <div
            role="alert"
            className={cn("flex flex-col items-center justify-center gap-2 px-6 py-12 text-center", className)}
        >
            <span className="mb-2 grid size-16 place-items-center rounded-full bg-destructive-soft text-destructive">
                <CircleAlert aria-hidden className="size-7" strokeWidth={1.5} />
            </span>
            <p className="text-[0.9375rem] font-semibold">{title ?? t("error.title")}</p>
            <p className="max-w-sm text-sm text-muted-foreground">{t(reasonKey(problem.status))}</p>
            {problem.correlationId && (
                <p className="text-xs text-muted-foreground">
                    {t("error.number")} <code className="select-all">{problem.correlationId}</code>
                </p>
            )}
            {onRetry && (
                <Button variant="outline" className="mt-2" onClick={onRetry}>
                    <RotateCw aria-hidden />
                    {t("error.retry")}
                </Button>
            )}
        </div>
    );
}
