"""What a command works with: where results go, and the API under the caller's name."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from urllib.parse import urlsplit

from services.cli.failures import usage
from services.cli.options import Remote, Shared
from services.cli.rest.client import Api
from services.cli.rest.identity import token_for
from services.cli.rest.kept_tokens import KeptTokens
from services.cli.screen.output import Output
from services.cli.settings import Settings, read_settings, surroundings


@dataclass(frozen=True, slots=True)
class Desk:
    """One call of a command that asks the API."""

    api: Api
    out: Output


def now() -> datetime:
    """The clock of a call."""
    return datetime.now(UTC)


def output(options: Shared) -> Output:
    """Where a command's results go."""
    return Output(as_json=options.json, colour=surroundings().colour, now=now)


def kept_tokens() -> KeptTokens:
    """The user's kept logins."""
    return KeptTokens(surroundings().state)


def address(options: Remote, settings: Settings) -> str:
    """The API's address, by option, environment or default. Raises a usage Failure."""
    given = options.api_url or str(settings.prosa_api_url)
    if urlsplit(given).scheme not in ("http", "https") or not urlsplit(given).hostname:
        raise usage(f"{given!r} is no address of an API.", "It looks like http://127.0.0.1:8080.")
    return given.rstrip("/")


@contextmanager
def signed_in(options: Remote) -> Iterator[Desk]:
    """The API with the caller's token, and the output, until the block ends."""
    settings, out = read_settings(), output(options)
    with Api(address(options, settings)) as api:
        api.token = token_for(api, settings, kept_tokens(), now(), out.note)
        yield Desk(api, out)
