"""The gateway's settings, read once from the environment."""

from typing import Annotated, Self

from pydantic import Field, HttpUrl, RedisDsn, SecretStr, field_validator, model_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from shared.auth.tokens import DEVELOPMENT_SECRET
from shared.pubsub.connection import RedisMode
from shared.runtime.environment import Environment, UnsafeSettingError, refuse_development_secret


class Settings(BaseSettings):
    """Times are in milliseconds, as the fixed names among these have always been."""

    # Addresses have passwords in them: an error names the variable and never shows its value.
    model_config = SettingsConfigDict(frozen=True, extra="ignore", hide_input_in_errors=True)

    environment: Environment = Field("development", alias="PROSA_ENV")
    redis_url: RedisDsn = Field(alias="REDIS_URL")
    redis_mode: RedisMode = Field("classic", alias="REDIS_MODE")
    api_url: HttpUrl = Field(HttpUrl("http://127.0.0.1:8080"), alias="PROSA_API_URL")
    jwt_secret: SecretStr = Field(SecretStr(DEVELOPMENT_SECRET), alias="PROSA_JWT_SECRET")
    # Pages that may open a socket; empty means any, which production refuses.
    allowed_origins: Annotated[tuple[str, ...], NoDecode] = Field((), alias="PROSA_ALLOWED_ORIGINS")

    host: str = Field("0.0.0.0", alias="PROSA_BIND_HOST")  # noqa: S104 - containers are reached from outside
    port: int = Field(8083, alias="GATEWAY_PORT")
    websocket_port: int = Field(8082, alias="GATEWAY_WS_PORT")
    enabled: bool = Field(True, alias="REALTIME_GATEWAY_ENABLED")
    max_connections: int = Field(1000, alias="WEBSOCKET_MAX_CONNECTIONS", gt=0)
    connection_timeout: int = Field(30_000, alias="CONNECTION_TIMEOUT", gt=0)
    ping_interval: int = Field(25_000, alias="PING_INTERVAL", gt=0)
    presence_cleanup_interval: int = Field(30_000, alias="PRESENCE_CLEANUP_INTERVAL", gt=0, le=3_600_000)
    auth_timeout: int = Field(10_000, alias="GATEWAY_AUTH_TIMEOUT", gt=0)
    drain_time: int = Field(5_000, alias="GATEWAY_DRAIN_TIME", gt=0)
    # After about this time a connection begins anew, so that deploys and new gateways even out; 0 for never.
    connection_age: int = Field(3_600_000, alias="GATEWAY_CONNECTION_AGE", ge=0)
    # A page that leaks sockets must not fill the gateway: the user's oldest makes room.
    connections_per_user: int = Field(20, alias="GATEWAY_CONNECTIONS_PER_USER", gt=0)
    connections_per_clinic: int = Field(500, alias="GATEWAY_CONNECTIONS_PER_CLINIC", gt=0)
    handshakes_per_second: int = Field(200, alias="GATEWAY_HANDSHAKES_PER_SECOND", gt=0)
    # One process a core: the kernel deals connections out among them.
    processes: int = Field(1, alias="GATEWAY_PROCESSES", gt=0, le=64)
    reuse_port: bool = Field(False, alias="GATEWAY_REUSE_PORT")
    # What the process that looks after several sets for each of them.
    supervised: bool = Field(False, alias="GATEWAY_SUPERVISED")
    metrics_directory: str = Field("", alias="PROMETHEUS_MULTIPROC_DIR")

    @field_validator("allowed_origins", mode="before")
    @classmethod
    def _split(cls, value: object) -> object:
        return (
            tuple(origin.strip() for origin in value.split(",") if origin.strip()) if isinstance(value, str) else value
        )

    @model_validator(mode="after")
    def _safe_in_production(self) -> Self:
        refuse_development_secret(self.environment, "PROSA_JWT_SECRET", self.jwt_secret.get_secret_value())
        if self.environment == "production" and not self.allowed_origins:
            raise UnsafeSettingError(
                "PROSA_ALLOWED_ORIGINS must name the dashboard's origins when PROSA_ENV=production"
            )
        return self
