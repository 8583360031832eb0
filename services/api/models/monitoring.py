"""How the system is doing."""

from typing import Literal

from pydantic import Field

from services.api.models.base import AnswerModel


class CacheHealth(AnswerModel):
    connected: bool = Field(description="Whether Redis answers.")
    latency_ms: float = Field(description="How long that took to find out.")
    in_use: bool = Field(description="Whether answers come from the cache; without it they come from the database.")
    breaker: Literal["closed", "open", "half_open"] = Field(
        description="Open where Redis was too slow and is left alone."
    )
    hit_rate: float = Field(description="In percent, of all types, since this process' start.")
    memory_bytes: int = Field(description="What the cache holds in this process.")


class DatabaseHealth(AnswerModel):
    connected: bool
    latency_ms: float = Field(description="How long that took to find out.")


class PerformanceHealth(AnswerModel):
    requests: int = Field(description="Answered by this process since its start.")
    avg_response_ms: float = Field(description="Over its last 1000 answers, as are the next two.")
    p95_response_ms: float
    error_rate: float = Field(description="The share of answers of 500 and above.")


class Health(AnswerModel):
    status: Literal["ok", "degraded", "error"] = Field(
        description="`degraded`: without Redis everything is answered, only more slowly. `error`: nothing is."
    )
    cache: CacheHealth
    database: DatabaseHealth
    performance: PerformanceHealth
    uptime: float = Field(description="Seconds.")


class CacheMetrics(AnswerModel):
    hits: int
    misses: int
    totalRequests: int
    hitRate: float = Field(description="In percent.")
    avgResponseTime: float = Field(description="In milliseconds, of hits and misses.")


class CacheFigures(AnswerModel):
    connected: bool
    metrics: dict[str, CacheMetrics] = Field(
        description="By type: conversations, conversation_details, user_sessions, patient_data."
    )


class WebsocketFigures(AnswerModel):
    connections: int = Field(description="Agents' sockets, at all gateways.")
    rooms: int = Field(description="Channels that somebody follows, at all gateways.")
    events: int = Field(description="Live events, since the gateways' start.")
    gateways: int


class SlowStatement(AnswerModel):
    statement: str = Field(description="As it is written, without values.")
    responseTime: float = Field(description="In milliseconds.")
    at: str


class DatabaseFigures(AnswerModel):
    queries: int
    slowQueries: list[SlowStatement] = Field(description="The last of 100 ms and more.")
    avgResponseTime: float = Field(description="In milliseconds.")


class Figures(AnswerModel):
    performance: PerformanceHealth
    cache: CacheFigures
    websocket: WebsocketFigures | None = Field(description="Null where Redis does not answer.")
    database: DatabaseFigures


class QueueDepth(AnswerModel):
    pending: int
    processing: int
    retrying: int


class TypeFigures(AnswerModel):
    type: str
    depth: QueueDepth
    oldest_age_seconds: float | None = Field(description="Null: none waits.")
    worked: int = Field(description="Events of this kind that workers have worked.")


class Queue(AnswerModel):
    depth: QueueDepth
    oldest_age_seconds: float
    workers: int | None = Field(
        description="Workers of the installation that listen for work. Null: Redis does not answer, nobody knows."
    )
    worked: int = Field(
        description="Events that workers have worked, written down every 5 s: of two answers the difference is the rate."
    )
    types: list[TypeFigures] = Field(description="By name; also those of which none waits.")
    rate_per_minute: int = Field(description="Events that came in the last minute.")
    error_rate: float = Field(description="Dead letters of the last minute, as a share of them.")
    dlq: int = Field(description="Events and messages that have failed for good and wait for an operator.")
    by_type: dict[str, int]
