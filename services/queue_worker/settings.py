"""The worker's settings, read once from the environment."""

from typing import Annotated, Self

from pydantic import (
    AfterValidator,
    AnyHttpUrl,
    Field,
    PostgresDsn,
    RedisDsn,
    SecretStr,
    field_validator,
    model_validator,
)
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from shared.auth.seal import DEVELOPMENT_KEY
from shared.broker.addresses import AmqpUrls
from shared.db.pool import Pooling
from shared.media.store import checked_location
from shared.net.addresses import Networks, checked_networks, parse_networks
from shared.net.guarded_session import EVOLUTION_NETWORKS
from shared.pubsub.connection import RedisMode
from shared.runtime.environment import DEVELOPMENT_PREFIX, Environment, UnsafeSettingError, secrets_keys


class Settings(BaseSettings):
    """Times are in seconds, but for those whose fixed names count in milliseconds."""

    # Addresses have passwords in them: an error names the variable and never shows its value.
    model_config = SettingsConfigDict(frozen=True, extra="ignore", hide_input_in_errors=True)

    database_url: PostgresDsn = Field(alias="DATABASE_URL")
    pooling: Pooling = Field("session", alias="DATABASE_POOLING")
    redis_url: RedisDsn = Field(alias="REDIS_URL")
    redis_mode: RedisMode = Field("classic", alias="REDIS_MODE")
    rabbitmq_url: AmqpUrls = Field(alias="RABBITMQ_URL")
    host: str = Field("0.0.0.0", alias="PROSA_BIND_HOST")  # noqa: S104 - containers are reached from outside
    port: int = Field(8084, alias="WORKER_PORT")
    topology_name: str = Field("prosa.webhooks", alias="WEBHOOK_QUEUE_NAME")
    prefetch: int = Field(64, alias="INTAKE_PREFETCH", ge=1)
    batch_size: int = Field(10, alias="QUEUE_BATCH_SIZE", ge=1, le=1000)
    processors: int = Field(2, alias="QUEUE_PROCESSORS", ge=1, le=16)
    processing_interval_ms: int = Field(1000, alias="QUEUE_PROCESSING_INTERVAL", ge=10)
    max_attempts: int = Field(3, alias="MAX_RETRY_ATTEMPTS", ge=1)
    dead_letters_enabled: bool = Field(True, alias="DLQ_ENABLED")
    lease: float = Field(30.0, alias="QUEUE_LEASE_SECONDS", gt=0)
    inbox_retention_days: int = Field(30, alias="INBOX_RETENTION_DAYS", ge=1)
    dead_letter_days: int = Field(90, alias="FAILED_MESSAGES_RETENTION_DAYS", ge=1)
    settled_dead_letter_days: int = Field(30, alias="SETTLED_MESSAGES_RETENTION_DAYS", ge=1)
    evolution_url: AnyHttpUrl = Field(AnyHttpUrl("http://127.0.0.1:8085"), alias="EVOLUTION_API_URL")
    evolution_network_list: Annotated[str, AfterValidator(checked_networks)] = Field(
        EVOLUTION_NETWORKS, alias="EVOLUTION_NETWORKS"
    )
    evolution_api_key: SecretStr = Field(SecretStr("development-evolution-key"), alias="EVOLUTION_API_KEY")
    send_timeout: float = Field(20.0, alias="EVOLUTION_SEND_TIMEOUT", gt=0)
    echo_wait: float = Field(30.0, alias="EVOLUTION_ECHO_WAIT", gt=0)
    reconcile_for: float = Field(600.0, alias="EVOLUTION_RECONCILE_WAIT", gt=0)
    sends_per_second: float = Field(20.0, alias="SEND_RATE_PER_SECOND", gt=0, le=1000)
    comparison_interval: float = Field(300.0, alias="EVOLUTION_COMPARISON_INTERVAL", ge=0)
    comparison_lookback: float = Field(86_400.0, alias="EVOLUTION_COMPARISON_LOOKBACK", gt=0)
    secrets_key: SecretStr = Field(SecretStr(DEVELOPMENT_KEY), alias="PROSA_SECRETS_KEY")
    media_store: Annotated[str, AfterValidator(checked_location)] = Field("file:.local/media", alias="MEDIA_STORE")
    media_max_bytes: int = Field(104_857_600, alias="MEDIA_MAX_BYTES", ge=1)
    media_fetchers: int = Field(4, alias="MEDIA_FETCHERS", ge=1, le=32)
    media_fetch_timeout: float = Field(120.0, alias="MEDIA_FETCH_TIMEOUT", gt=0)
    media_expiry_hours: float = Field(48.0, alias="MEDIA_EXPIRY_HOURS", gt=0)
    media_allowed_hosts: Annotated[tuple[str, ...], NoDecode] = Field((), alias="MEDIA_ALLOWED_HOSTS")
    webhook_timeout: float = Field(10.0, alias="OUTGOING_WEBHOOK_TIMEOUT", gt=0, le=60)
    webhook_attempts: int = Field(8, alias="OUTGOING_WEBHOOK_MAX_ATTEMPTS", ge=1, le=100)
    webhook_hours: int = Field(24, alias="OUTGOING_WEBHOOK_GIVE_UP_HOURS", ge=1)
    webhook_allowed_hosts: Annotated[tuple[str, ...], NoDecode] = Field((), alias="OUTGOING_WEBHOOK_ALLOWED_HOSTS")
    environment: Environment = Field("development", alias="PROSA_ENV")

    @field_validator("media_allowed_hosts", "webhook_allowed_hosts", mode="before")
    @classmethod
    def _split_hosts(cls, value: object) -> object:
        return tuple(filter(None, map(str.strip, value.split(",")))) if isinstance(value, str) else value

    @model_validator(mode="after")
    def _safe_in_production(self) -> Self:
        if self.environment == "production" and self.evolution_api_key.get_secret_value().startswith(
            DEVELOPMENT_PREFIX
        ):
            raise UnsafeSettingError("EVOLUTION_API_KEY must be your Evolution server's when PROSA_ENV=production")
        secrets_keys(self.environment, self.secrets_key.get_secret_value())
        return self

    @property
    def evolution_networks(self) -> Networks:
        """Where Evolution servers may be, beside the public internet."""
        return parse_networks(self.evolution_network_list)

    @property
    def secrets_keys(self) -> tuple[str, ...]:
        """The keys that open what sources' secrets are sealed with."""
        return secrets_keys(self.environment, self.secrets_key.get_secret_value())
