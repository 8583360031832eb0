// A client of Prosa's realtime gateway for any dashboard: docs/realtime-client.md. It needs no React.
export { createRealtimeClient, type Address, type RealtimeOptions } from "./client";
export * from "./contract";
export type { Outbox } from "./outbox/outbox";
export { createOutbox, DeliveryLater, DeliveryRefused, OutboxFull, type OutboxOptions } from "./outbox/outbox";
export type { OutboxEntry } from "./outbox/entry";
export type * as protocol from "./protocol";
