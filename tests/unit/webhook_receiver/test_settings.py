"""The receiver's settings, as far as they are more than a table."""

import pytest

from services.webhook_receiver.settings import Settings
from shared.auth.seal import DEVELOPMENT_KEY

SERVERS = {"DATABASE_URL": "postgresql://127.0.0.1/x", "RABBITMQ_URL": "amqp://127.0.0.1/"}
STRONG = "k3y-with-thirty-two-characters!!"


@pytest.mark.parametrize("key", ["", DEVELOPMENT_KEY, f"{STRONG},{DEVELOPMENT_KEY}", "hidden"])
def test_production_refuses_keys_that_protect_nothing(key: str) -> None:
    """It does not start, names the setting and does not show it."""
    with pytest.raises(ValueError, match="PROSA_SECRETS_KEY") as caught:
        Settings.model_validate({**SERVERS, "PROSA_ENV": "production", "PROSA_SECRETS_KEY": key})

    assert "hidden" not in str(caught.value)


def test_keys_are_given_in_their_order() -> None:
    """The sealing one first; neither is shown where the settings are printed."""
    settings = Settings.model_validate(
        {**SERVERS, "PROSA_ENV": "production", "PROSA_SECRETS_KEY": f"{STRONG}, old-{STRONG}"}
    )

    assert settings.secrets_keys == (STRONG, f"old-{STRONG}")
    assert STRONG not in repr(settings)
