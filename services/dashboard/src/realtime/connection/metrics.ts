import type { ConnectionMetrics } from "../contract";

export const NO_METRICS: ConnectionMetrics = {
    latencyMs: null,
    averageLatencyMs: null,
    connects: 0,
    reconnects: 0,
    errors: 0,
    eventsReceived: 0,
    duplicatesDropped: 0,
    gapsFound: 0,
    resets: 0,
    commandsSent: 0,
    commandsFailed: 0,
    connectedSince: null,
};

/** How much a new measurement counts against what was known. */
const WEIGHT = 0.2;

export function withLatency(metrics: ConnectionMetrics, ms: number): ConnectionMetrics {
    const known = metrics.averageLatencyMs;
    const average = known === null ? ms : known * (1 - WEIGHT) + ms * WEIGHT;
    return { ...metrics, latencyMs: Math.round(ms), averageLatencyMs: Math.round(average * 10) / 10 };
}

export function withConnect(metrics: ConnectionMetrics, now: number): ConnectionMetrics {
    const reconnects = metrics.connects > 0 ? metrics.reconnects + 1 : metrics.reconnects;
    return { ...metrics, connects: metrics.connects + 1, reconnects, connectedSince: now };
}
