"""The receiver's settings, read once from the environment."""

from pathlib import Path
from typing import Self

from pydantic import Field, PostgresDsn, SecretStr, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from shared.auth.seal import DEVELOPMENT_KEY
from shared.broker.addresses import AmqpUrls
from shared.db.pool import Pooling
from shared.runtime.environment import Environment, secrets_keys


class Settings(BaseSettings):
    """Times are in seconds where a name does not say otherwise, sizes in bytes."""

    # Addresses have passwords in them: an error names the variable and never shows its value.
    model_config = SettingsConfigDict(frozen=True, extra="ignore", hide_input_in_errors=True)

    database_url: PostgresDsn = Field(alias="DATABASE_URL")
    pooling: Pooling = Field("session", alias="DATABASE_POOLING")
    rabbitmq_url: AmqpUrls = Field(alias="RABBITMQ_URL")
    host: str = Field("0.0.0.0", alias="PROSA_BIND_HOST")  # noqa: S104 - containers are reached from outside
    port: int = Field(8081, alias="RECEIVER_PORT")
    topology_name: str = Field("prosa.webhooks", alias="WEBHOOK_QUEUE_NAME")
    max_body_bytes: int = Field(20 * 1024**2, alias="WEBHOOK_MAX_BODY_BYTES", gt=0)
    max_pending_bytes: int = Field(128 * 1024**2, alias="WEBHOOK_MAX_PENDING_BYTES", gt=0)
    confirm_timeout: float = Field(5.0, alias="WEBHOOK_CONFIRM_TIMEOUT", gt=0)
    spool_folder: Path = Field(Path(".local/spool"), alias="WEBHOOK_SPOOL_DIR")
    spool_max_bytes: int = Field(1024**3, alias="WEBHOOK_SPOOL_MAX_BYTES", ge=0)
    hedge_ms: int = Field(40, alias="WEBHOOK_HEDGE_MS", gt=0)
    body_timeout: float = Field(30.0, alias="WEBHOOK_BODY_TIMEOUT", gt=0)
    max_reading_bytes: int = Field(256 * 1024**2, alias="WEBHOOK_MAX_READING_BYTES", gt=0)
    source_refresh_interval: float = Field(5.0, alias="SOURCE_REFRESH_INTERVAL", gt=0)
    rate_per_second: int = Field(500, alias="WEBHOOK_RATE_PER_SECOND", gt=0)
    rate_burst: int = Field(2000, alias="WEBHOOK_RATE_BURST", gt=0)
    environment: Environment = Field("development", alias="PROSA_ENV")
    secrets_key: SecretStr = Field(SecretStr(DEVELOPMENT_KEY), alias="PROSA_SECRETS_KEY")

    @property
    def secrets_keys(self) -> tuple[str, ...]:
        """What opens sources' secrets."""
        return secrets_keys(self.environment, self.secrets_key.get_secret_value())

    @model_validator(mode="after")
    def _safe_in_production(self) -> Self:
        secrets_keys(self.environment, self.secrets_key.get_secret_value())
        return self
