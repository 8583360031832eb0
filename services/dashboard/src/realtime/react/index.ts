export { RealtimeContext, useRealtime } from "./RealtimeContext";
export { useConnectionMetrics } from "./useConnectionMetrics";
export { useWebSocket, type WebSocketView } from "./useWebSocket";
export { WebSocketStatus } from "./WebSocketStatus";
