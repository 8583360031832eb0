"""What the API is told by its environment. Nothing else in this service reads it."""

from typing import Annotated, Self

from pydantic import AfterValidator, Field, PositiveFloat, PositiveInt, SecretStr, field_validator, model_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from services.api.dashboard.policy import checked_web_address
from shared.auth.seal import DEVELOPMENT_KEY
from shared.auth.tokens import DEVELOPMENT_SECRET
from shared.db.pool import Pooling
from shared.media.store import checked_location
from shared.net.addresses import Networks, checked_networks, parse_networks
from shared.net.guarded_session import EVOLUTION_NETWORKS
from shared.pubsub.connection import RedisMode
from shared.runtime.environment import Environment, refuse_development_secret, secrets_keys


class Settings(BaseSettings):
    """Each field is the environment variable of the same name in capitals."""

    # The values are addresses with passwords and a secret: an error names the variable and never shows them.
    model_config = SettingsConfigDict(frozen=True, hide_input_in_errors=True)

    database_url: str = Field(repr=False, description="The Postgres to answer from.")
    database_pooling: Pooling = Field(
        "session", description="What stands before that Postgres; `transaction`: a pooler."
    )
    database_replica_url: str = Field("", repr=False, description="A replica of that Postgres, to read from.")
    database_replica_patience_ms: PositiveFloat = Field(
        50.0, description="The longest that a read waits for the replica to have what the primary has."
    )
    redis_url: str = Field(repr=False, description="The Redis that wakes the workers; the API answers without it.")
    redis_mode: RedisMode = Field("classic", description="What kind of Redis that is; the same for all services.")
    prosa_bind_host: str = Field("0.0.0.0", description="The address to listen on.")  # noqa: S104
    api_port: int = Field(8080, ge=0, le=65535, description="The port of /api, /metrics, /healthz and /readyz.")
    prosa_env: Environment = Field("development", description="`production` refuses development secrets.")
    prosa_jwt_secret: SecretStr = Field(SecretStr(DEVELOPMENT_SECRET), description="Signs agents' tokens (HS256).")
    prosa_token_life_seconds: PositiveInt = Field(8 * 3600, description="How long a token is valid.")
    prosa_session_life_seconds: PositiveInt = Field(
        7 * 24 * 3600, description="How long a session may go on with newer tokens before its user signs in again."
    )
    prosa_cors_origins: Annotated[tuple[str, ...], NoDecode] = Field(
        (), description="Origins, separated by commas, whose pages may call the API."
    )
    prosa_trusted_proxies: Annotated[str, AfterValidator(checked_networks)] = Field(
        "", description="Networks, separated by commas, of proxies whose X-Forwarded-For is believed."
    )
    prosa_dashboard_dir: str = Field("services/dashboard/dist", description="The dashboard's build, served at /.")
    prosa_realtime_url: Annotated[str, AfterValidator(checked_web_address)] = Field(
        "", description="The gateway as browsers reach it; empty: at its ports on the host that serves the page."
    )
    gateway_port: int = Field(8083, ge=0, le=65535, description="The gateway's, for pages, where no URL is set.")
    gateway_ws_port: int = Field(8082, ge=0, le=65535, description="The same for its sockets.")
    reconnect_max_attempts: PositiveInt = Field(5, description="Fast tries of a page to reach the gateway again.")
    prosa_receiver_url: str = Field("http://127.0.0.1:8081/", description="What senders of webhooks reach.")
    evolution_api_url: str = Field("http://127.0.0.1:8085/", description="Evolution, for sources without their own.")
    evolution_networks: Annotated[str, AfterValidator(checked_networks)] = Field(
        EVOLUTION_NETWORKS, description="Where Evolution servers may be, beside the public internet."
    )
    evolution_api_key: SecretStr = Field(SecretStr("development-evolution-key"), description="Its global API key.")
    prosa_secrets_key: SecretStr = Field(
        SecretStr(DEVELOPMENT_KEY), description="Seals secrets; the same as the workers'."
    )
    prosa_api_pool_size: PositiveInt = Field(8, description="Connections to Postgres.")
    prosa_api_search_pool_size: PositiveInt = Field(2, description="Connections to Postgres for searches alone.")
    prosa_api_deadline_seconds: PositiveFloat = Field(10.0, description="A request not answered by then gets a 503.")
    prosa_cache_enabled: bool = Field(True, description="Answer lists and details from the cache.")
    prosa_cache_memory_bytes: PositiveInt = Field(67_108_864, description="What the cache may hold in memory.")
    prosa_cache_budget_ms: PositiveFloat = Field(20.0, description="The longest that a request waits for Redis.")
    prosa_cache_compress_bytes: PositiveInt = Field(4096, description="Larger entries are compressed in Redis.")
    media_store: Annotated[str, AfterValidator(checked_location)] = Field(
        "file:.local/media", description="Where files are kept."
    )
    media_max_bytes: PositiveInt = Field(104_857_600, description="The largest file that is taken.")
    media_upload_hours: PositiveFloat = Field(24.0, description="How long an upload waits for its message.")

    outgoing_webhook_allowed_hosts: Annotated[tuple[str, ...], NoDecode] = Field(
        (), description="Hosts, separated by commas, where webhooks may go though they are not public."
    )

    @field_validator("outgoing_webhook_allowed_hosts", mode="before")
    @classmethod
    def _split_hosts(cls, value: object) -> object:
        return tuple(filter(None, map(str.strip, value.split(",")))) if isinstance(value, str) else value

    @field_validator("prosa_cors_origins", mode="before")
    @classmethod
    def _split_origins(cls, value: object) -> object:
        if not isinstance(value, str):
            return value
        return tuple(origin.strip().rstrip("/") for origin in value.split(",") if origin.strip())

    @model_validator(mode="after")
    def _refuse_development_secret(self) -> Self:
        refuse_development_secret(self.prosa_env, "PROSA_JWT_SECRET", self.prosa_jwt_secret.get_secret_value())
        secrets_keys(self.prosa_env, self.prosa_secrets_key.get_secret_value())
        return self

    @property
    def trusted_proxies(self) -> Networks:
        """Who may say for whom a request is made."""
        return parse_networks(self.prosa_trusted_proxies)

    @property
    def secrets_keys(self) -> tuple[str, ...]:
        """The keys of sources' secrets: the first seals, each opens."""
        return secrets_keys(self.prosa_env, self.prosa_secrets_key.get_secret_value())
