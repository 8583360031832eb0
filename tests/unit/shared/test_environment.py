import pytest

from shared.auth.tokens import DEVELOPMENT_SECRET
from shared.runtime.environment import Environment, UnsafeSettingError, refuse_development_secret

STRONG = "k3y-with-thirty-two-characters!!"


@pytest.mark.parametrize("secret", [DEVELOPMENT_SECRET, "development-" + STRONG, "", "short", STRONG[:-1]])
def test_production_refuses_a_secret_others_know_or_guess(secret: str) -> None:
    """The message names the setting and never shows its value."""
    with pytest.raises(UnsafeSettingError, match="PROSA_JWT_SECRET") as refused:
        refuse_development_secret("production", "PROSA_JWT_SECRET", secret)

    assert not secret or secret not in str(refused.value)


def test_production_accepts_a_secret_of_its_own() -> None:
    """Thirty-two characters that do not stand in this repository are enough."""
    refuse_development_secret("production", "PROSA_JWT_SECRET", STRONG)


@pytest.mark.parametrize("environment", ["development", "test"])
def test_elsewhere_the_development_secret_will_do(environment: Environment) -> None:
    """A fresh machine needs no secret to try everything out."""
    refuse_development_secret(environment, "PROSA_JWT_SECRET", DEVELOPMENT_SECRET)
