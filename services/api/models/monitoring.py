"""How the system is doing."""

from typing import Literal

from pydantic import Field

from services.api.models.base import AnswerModel


class CacheHealth(AnswerModel):
    connected: bool


class DatabaseHealth(AnswerModel):
    connected: bool


class PerformanceHealth(AnswerModel):
    requests: int = Field(description="Answered by this process since its start.")
    avg_response_ms: float = Field(description="Over its last 1000 answers, as are the next two.")
    p95_response_ms: float
    error_rate: float = Field(description="The share of answers of 500 and above.")


class Health(AnswerModel):
    status: Literal["ok", "error"]
    cache: CacheHealth
    database: DatabaseHealth
    performance: PerformanceHealth
    uptime: float = Field(description="Seconds.")


class QueueDepth(AnswerModel):
    pending: int
    processing: int
    retrying: int


class Queue(AnswerModel):
    depth: QueueDepth
    oldest_age_seconds: float
    rate_per_minute: int = Field(description="Events that came in the last minute.")
    error_rate: float = Field(description="Dead letters of the last minute, as a share of them.")
    dlq: int = Field(description="Events and messages that have failed for good and wait for an operator.")
    by_type: dict[str, int]
