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


def secrets_keys(environment: Environment, setting: str) -> tuple[str, ...]:
    """The keys in PROSA_SECRETS_KEY, separated by commas, the sealing one first. Raises UnsafeSettingError."""
    keys = tuple(key.strip() for key in setting.split(",") if key.strip())
    if not keys:
        raise UnsafeSettingError("PROSA_SECRETS_KEY must hold at least one key")
    for key in keys:
        refuse_development_secret(environment, "PROSA_SECRETS_KEY", key)
    return keys
