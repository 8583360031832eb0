"""What every service must agree on about where it runs."""

from typing import Literal

Environment = Literal["development", "test", "production"]

DEVELOPMENT_PREFIX = "development-"
LEAST_SECRET_LENGTH = 32


class UnsafeSettingError(ValueError):
    """A setting that must not reach production."""


def refuse_development_secret(environment: Environment, name: str, value: str) -> None:
    """Raise where production would start with a secret that stands in this repository."""
    if environment == "production" and (value.startswith(DEVELOPMENT_PREFIX) or len(value) < LEAST_SECRET_LENGTH):
        raise UnsafeSettingError(
            f"{name} must be a secret of at least {LEAST_SECRET_LENGTH} characters when PROSA_ENV=production"
        )
