import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { CirclePause, Play } from "lucide-react";
import { useTranslation } from "react-i18next";
import { answer, api, type Schemas } from "@/api/client";
import { useTimes } from "@/i18n/useTimes";
import { useMay } from "@/session/useMay";
import { Button } from "@/ui/button";
import { toast } from "@/ui/toast";
import { useSources } from "../sources/useSources";
import { useProblemText } from "../useProblemText";

export function usePauses() {
    const enabled = useMay("view");
    return useQuery({
        queryKey: ["operations", "pauses"],
        queryFn: ({ signal }) => answer(api.GET("/api/queue/pauses", { signal })),
        enabled,
        refetchInterval: 15_000,
    });
}

export function useResume() {
    const { t } = useTranslation("operations");
    const say = useProblemText();
    const client = useQueryClient();
    return useMutation({
        mutationFn: ({ source_id, kind }: Pick<Schemas["Pause"], "source_id" | "kind">) =>
            answer(api.DELETE("/api/queue/pauses", { params: { query: { source_id, kind } } })),
        onSuccess: () => toast.success(t("pauses.resumed")),
        onError: (error) => toast.error(say(error)),
        onSettled: () => client.invalidateQueries({ queryKey: ["operations"] }),
    });
}

/** What is paused stands above everything: it is the first thing to know about a queue that grows. */
export function Pauses({ ofClinic = false }: { ofClinic?: boolean }) {
    const { t } = useTranslation("operations");
    const { full } = useTimes();
    const known = usePauses().data?.pauses ?? [];
    const pauses = ofClinic ? known.filter(({ source_id }) => source_id === null) : known;
    const names = new Map(useSources().data?.map(({ id, name }) => [id, name]));
    const resume = useResume();
    const mayPause = useMay("pause");
    if (pauses.length === 0) return null;
    return (
        <ul aria-label={t("pauses.title")} className="grid grid-cols-1 gap-2">
            {pauses.map((pause) => (
                <li
                    key={`${pause.source_id} ${pause.kind}`}
                    className="flex flex-wrap items-center gap-3 rounded-lg border border-warning bg-warning-soft px-3.5 py-2.5 text-sm text-warning"
                >
                    <CirclePause aria-hidden className="size-5 shrink-0" />
                    <span className="min-w-0 flex-1">
                        <strong className="font-semibold">
                            {t(`pauses.${pause.kind}`, {
                                source:
                                    pause.source_id === null
                                        ? t("pauses.clinic")
                                        : (names.get(pause.source_id) ?? pause.source_id),
                            })}
                        </strong>{" "}
                        {t("pauses.by", { name: pause.paused_by, time: full(pause.paused_at), reason: pause.reason })}
                    </span>
                    {mayPause && (
                        <Button
                            size="sm"
                            variant="outline"
                            pending={resume.isPending}
                            onClick={() => resume.mutate(pause)}
                        >
                            <Play aria-hidden />
                            {t("pauses.resume")}
                        </Button>
                    )}
                </li>
            ))}
        </ul>
    );
}
