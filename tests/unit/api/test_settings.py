import pytest
from pydantic import ValidationError

from services.api.settings import Settings


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """An environment with what is needed and nothing else."""
    for name in Settings.model_fields:
        monkeypatch.delenv(name.upper(), raising=False)
    monkeypatch.setenv("DATABASE_URL", "postgresql://user:hidden-password@localhost/db")
    monkeypatch.setenv("REDIS_URL", "redis://localhost")


def test_production_refuses_the_development_secret(monkeypatch: pytest.MonkeyPatch) -> None:
    """A forgotten secret stops the process before it serves anything."""
    monkeypatch.setenv("PROSA_ENV", "production")
    with pytest.raises(ValidationError, match="PROSA_JWT_SECRET"):
        Settings()


def test_production_starts_with_a_real_secret(monkeypatch: pytest.MonkeyPatch) -> None:
    """Any secret of enough characters will do."""
    monkeypatch.setenv("PROSA_ENV", "production")
    monkeypatch.setenv("PROSA_JWT_SECRET", "x" * 40)
    with pytest.raises(ValidationError, match="PROSA_SECRETS_KEY"):
        Settings()
    monkeypatch.setenv("PROSA_SECRETS_KEY", "y" * 40)
    assert Settings().prosa_env == "production"


def test_an_unusable_setting_is_named_without_its_value(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is wrong goes to the log, and passwords must not."""
    monkeypatch.setenv("API_PORT", "secret-value")
    with pytest.raises(ValidationError) as caught:
        Settings()
    assert "api_port" in str(caught.value)
    assert "secret-value" not in str(caught.value)


def test_settings_do_not_show_secrets() -> None:
    """Printing the settings is harmless."""
    shown = repr(Settings())
    assert "hidden-password" not in shown
    assert "development-secret" not in shown


def test_origins_are_separated_by_commas(monkeypatch: pytest.MonkeyPatch) -> None:
    """Spaces, empty parts and a final slash do not matter."""
    monkeypatch.setenv("PROSA_CORS_ORIGINS", "https://a.test/, https://b.test,")
    assert Settings().prosa_cors_origins == ("https://a.test", "https://b.test")
