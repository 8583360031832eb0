"""What the command line is told by its environment. Nothing else in this package reads it."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from pydantic import AnyHttpUrl, Field, SecretStr, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from services.cli.failures import usage
from shared.runtime.environment import Environment

RECEIVER_URL = "http://127.0.0.1:8081/"


class Settings(BaseSettings):
    """Each field is the environment variable of the same name in capitals."""

    model_config = SettingsConfigDict(frozen=True, hide_input_in_errors=True, env_ignore_empty=True)

    prosa_api_url: AnyHttpUrl = Field(AnyHttpUrl("http://127.0.0.1:8080"), description="The API to ask.")
    prosa_env: Environment = Field("development", description="`development` allows signing in as the demo's operator.")
    prosa_token: SecretStr = Field(SecretStr(""), description="A token to use as it is.")
    prosa_email: str = Field("", description="Whom to sign in as.")
    prosa_password: SecretStr = Field(SecretStr(""), description="Their password.")
    prosa_receiver_url: AnyHttpUrl = Field(AnyHttpUrl(RECEIVER_URL), description="What senders of webhooks reach.")


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What the conventions of terminals and operating systems say, rather than Prosa."""

    state: Path
    editor: str
    colour: bool
    scratch: Path | None
    person: str


def read_settings() -> Settings:
    """The settings. Raises a usage Failure that names the variable."""
    try:
        return Settings()
    except ValidationError as error:
        named = "; ".join(f"{str(part['loc'][0]).upper()}: {part['msg']}" for part in error.errors())
        raise usage(f"The environment is not usable: {named}.", "Correct or unset it.") from None


@cache
def surroundings() -> Surroundings:
    """This process's surroundings."""
    return read_surroundings(os.environ, Path.home())


def read_surroundings(environ: Mapping[str, str], home: Path) -> Surroundings:
    """Where to keep things, which editor to open, whether colours are wanted. Pure."""
    state = Path(environ.get("XDG_STATE_HOME") or home / ".local" / "state")
    runtime = environ.get("XDG_RUNTIME_DIR")
    return Surroundings(
        state=state / "prosa",
        editor=environ.get("VISUAL") or environ.get("EDITOR") or "vi",
        colour=not environ.get("NO_COLOR") and environ.get("TERM") != "dumb",
        scratch=Path(runtime) if runtime else None,
        person=environ.get("SUDO_USER") or environ.get("USER") or environ.get("LOGNAME") or "unknown",
    )


def named_variable(name: str) -> str | None:
    """A variable that carries something for one call only, such as a new password; unset and empty are the same."""
    return os.environ.get(name) or None


def child_environment() -> dict[str, str]:
    """What an editor is started with: everything but our own credentials."""
    own = {"PROSA_TOKEN", "PROSA_PASSWORD", "DATABASE_URL", "PROSA_SECRETS_KEY"}
    return {name: value for name, value in os.environ.items() if name not in own}
