import { useTranslation } from "react-i18next";
import type { Schemas } from "@/api/client";
import { useLanguage } from "@/i18n/useTimes";
import { Badge } from "@/ui/badge";
import { Meter } from "@/ui/meter";
import { Card } from "@/ui/page";

/** What stands around the queue: agents' connections, the cache by kind of answer, the database. */
export function Machinery({ figures }: { figures: Schemas["Figures"] }) {
    const { t } = useTranslation("operations");
    const number = new Intl.NumberFormat(useLanguage(), { maximumFractionDigits: 1 });
    const { websocket, cache, database, performance } = figures;
    const slow = database.slowQueries.length;
    return (
        <section aria-labelledby="machinery-title" className="grid grid-cols-1 gap-3">
            <h2 id="machinery-title" className="text-sm font-semibold">
                {t("machinery.title")}
            </h2>
            <div className="grid gap-3 lg:grid-cols-3">
                <Card className="grid content-start gap-3">
                    <h3 className="text-sm font-medium">{t("machinery.connections")}</h3>
                    {websocket ? (
                        <Pairs
                            pairs={[
                                [t("machinery.sockets"), number.format(websocket.connections)],
                                [t("machinery.rooms"), number.format(websocket.rooms)],
                                [t("machinery.events"), number.format(websocket.events)],
                                [t("machinery.gateways"), number.format(websocket.gateways)],
                            ]}
                        />
                    ) : (
                        <p className="text-sm text-muted-foreground">{t("machinery.noRedis")}</p>
                    )}
                </Card>
                <CacheCard cache={cache} />
                <Card className="grid content-start gap-3">
                    <h3 className="text-sm font-medium">{t("machinery.answers")}</h3>
                    <Pairs
                        pairs={[
                            [t("machinery.requests"), number.format(performance.requests)],
                            [t("machinery.p95"), `${number.format(performance.p95_response_ms)} ms`],
                            [t("machinery.queries"), number.format(database.queries)],
                            [t("machinery.queryTime"), `${number.format(database.avgResponseTime)} ms`],
                            [t("machinery.slow"), number.format(slow)],
                        ]}
                    />
                </Card>
            </div>
            <p className="text-xs text-muted-foreground">{t("machinery.oneProcess")}</p>
        </section>
    );
}

function CacheCard({ cache }: { cache: Schemas["CacheFigures"] }) {
    const { t } = useTranslation("operations");
    const number = new Intl.NumberFormat(useLanguage(), { maximumFractionDigits: 1 });
    return (
        <Card className="grid content-start gap-3">
            <div className="flex items-center justify-between gap-2">
                <h3 className="text-sm font-medium">{t("machinery.cache")}</h3>
                <Badge variant={cache.connected ? "success" : "warning"}>
                    {t(cache.connected ? "machinery.connected" : "machinery.away")}
                </Badge>
            </div>
            <ul className="grid grid-cols-1 gap-2">
                {Object.entries(cache.metrics).map(([type, { hitRate, totalRequests }]) => (
                    <li key={type} className="grid gap-1 text-[0.8125rem]">
                        <span className="flex justify-between gap-2">
                            <span className="text-muted-foreground">
                                {t(`cacheType.${type}`, { defaultValue: type })}
                            </span>
                            <span className="font-medium tabular-nums">
                                {totalRequests === 0
                                    ? t("machinery.notAsked")
                                    : t("machinery.hits", { share: number.format(hitRate), count: totalRequests })}
                            </span>
                        </span>
                        <Meter
                            label={t(`cacheType.${type}`, { defaultValue: type })}
                            share={totalRequests === 0 ? 0 : hitRate / 100}
                        />
                    </li>
                ))}
            </ul>
        </Card>
    );
}

function Pairs({ pairs }: { pairs: readonly (readonly [string, string])[] }) {
    return (
        <dl className="grid gap-1.5 text-[0.8125rem]">
            {pairs.map(([name, value]) => (
                <div key={name} className="flex justify-between gap-2">
                    <dt className="text-muted-foreground">{name}</dt>
                    <dd className="font-medium tabular-nums">{value}</dd>
                </div>
            ))}
        </dl>
    );
}
