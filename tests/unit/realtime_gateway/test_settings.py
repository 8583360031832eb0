"""What the gateway reads from its environment."""

import pytest

from services.realtime_gateway.settings import Settings
from shared.runtime.environment import UnsafeSettingError

SECRET = "a-secret-of-more-than-thirty-two-characters"
NAMES = (
    "PROSA_ENV",
    "PROSA_API_URL",
    "PROSA_JWT_SECRET",
    "PROSA_ALLOWED_ORIGINS",
    "GATEWAY_PORT",
    "GATEWAY_WS_PORT",
    "REALTIME_GATEWAY_ENABLED",
    "WEBSOCKET_MAX_CONNECTIONS",
    "CONNECTION_TIMEOUT",
    "PING_INTERVAL",
)


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    for name in NAMES:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("REDIS_URL", "redis://127.0.0.1:6379/0")
    return monkeypatch


def test_fixed_names_have_their_defaults() -> None:
    """What operators and other documents rely on holds without any setting."""
    settings = Settings()

    assert (settings.port, settings.websocket_port, settings.enabled) == (8083, 8082, True)
    assert (settings.max_connections, settings.connection_timeout, settings.ping_interval) == (1000, 30_000, 25_000)
    assert str(settings.api_url) == "http://127.0.0.1:8080/"


def test_fixed_names_are_read(environment: pytest.MonkeyPatch) -> None:
    """Each fixed name sets what it says."""
    environment.setenv("REALTIME_GATEWAY_ENABLED", "false")
    environment.setenv("WEBSOCKET_MAX_CONNECTIONS", "5")
    environment.setenv("PING_INTERVAL", "1000")
    environment.setenv("PROSA_ALLOWED_ORIGINS", "https://a.test, https://b.test,")
    settings = Settings()

    assert (settings.enabled, settings.max_connections, settings.ping_interval) == (False, 5, 1000)
    assert settings.allowed_origins == ("https://a.test", "https://b.test")


def test_production_refuses_the_development_secret(environment: pytest.MonkeyPatch) -> None:
    """A secret that stands in the repository never reaches production."""
    environment.setenv("PROSA_ENV", "production")
    environment.setenv("PROSA_ALLOWED_ORIGINS", "https://a.test")

    with pytest.raises(ValueError, match="PROSA_JWT_SECRET"):
        Settings()


def test_production_requires_origins(environment: pytest.MonkeyPatch) -> None:
    """In production only named pages may open sockets."""
    environment.setenv("PROSA_ENV", "production")
    environment.setenv("PROSA_JWT_SECRET", SECRET)
    with pytest.raises(ValueError, match="PROSA_ALLOWED_ORIGINS"):
        Settings()

    environment.setenv("PROSA_ALLOWED_ORIGINS", "https://a.test")
    assert Settings().jwt_secret.get_secret_value() == SECRET
    assert issubclass(UnsafeSettingError, ValueError)


def test_secret_is_not_shown() -> None:
    """A settings object can be logged."""
    assert "development-secret" not in repr(Settings())
