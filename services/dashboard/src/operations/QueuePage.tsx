import { useTranslation } from "react-i18next";
import { usePageTitle } from "@/app/usePageTitle";
import { useMay } from "@/session/useMay";
import { Page } from "@/ui/page";
import { Region } from "@/ui/region";
import { Skeleton } from "@/ui/skeleton";
import { FiguresSkeleton } from "./Figure";
import { ByType } from "./queue/ByType";
import { Machinery } from "./queue/Machinery";
import { Pauses } from "./queue/Pauses";
import { Plots } from "./queue/Plots";
import { RefreshControl } from "./queue/RefreshControl";
import { within } from "./queue/samples";
import { Tiles } from "./queue/Tiles";
import { useQueueWatch } from "./queue/useQueueWatch";
import { useRange } from "./queue/useRange";
import { useRefreshEvery } from "./queue/useRefreshEvery";
import { Waiting } from "./queue/Waiting";

/** `QueueMonitoring`: whether what comes in is worked, how fast, and what is in the way. */
export default function QueuePage() {
    const { t } = useTranslation("operations");
    usePageTitle(t("queue.title"));
    const refresh = useRefreshEvery();
    const [range, setRange] = useRange();
    const { metrics, machinery, sample, look, series } = useQueueWatch(refresh.everyMs);
    const { figures: queue, error } = metrics;
    const data = queue && sample ? { queue, sample } : undefined;
    const mayView = useMay("view");
    const control = (
        <RefreshControl
            refresh={refresh}
            lookedAt={metrics.updatedAt ?? 0}
            isLooking={metrics.isFetching}
            onLook={look}
        />
    );
    return (
        <Page title={t("queue.title")} text={t("queue.text")} actions={control} className="max-w-[110rem]">
            <Pauses />
            <Region query={{ data, error, isError: error !== null, refetch: look }} skeleton={<QueueSkeleton />}>
                {({ queue, sample }) => (
                    <>
                        <Tiles series={series} now={sample} />
                        <Plots series={series} range={range} onRange={setRange} />
                        <section aria-labelledby="types-title" className="grid grid-cols-1 gap-3">
                            <h2 id="types-title" className="text-sm font-semibold">
                                {t("byType.title")}
                            </h2>
                            <ByType types={queue.types} series={within(series, range * 60_000, sample.at)} />
                        </section>
                        {mayView && <Waiting everyMs={refresh.everyMs} />}
                        <Region query={machinery} skeleton={<Skeleton className="h-48 rounded-lg" />}>
                            {(figures) => <Machinery figures={figures} />}
                        </Region>
                    </>
                )}
            </Region>
        </Page>
    );
}

function QueueSkeleton() {
    return (
        <div className="grid grid-cols-1 gap-5">
            <FiguresSkeleton count={7} />
            <div className="grid gap-3 lg:grid-cols-3">
                <Skeleton className="h-64 rounded-lg" />
                <Skeleton className="h-64 rounded-lg" />
                <Skeleton className="h-64 rounded-lg" />
            </div>
            <Skeleton className="h-48 rounded-lg" />
        </div>
    );
}
