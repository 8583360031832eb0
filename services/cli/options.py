"""Options that many commands share, each a group in their help."""

import json
from dataclasses import dataclass
from typing import Annotated, Any, Literal

from cyclopts import Group, Parameter

from services.cli.failures import usage
from shared.events.dead_letter import DeathReason

SHARED = Group("Output and connection", sort_key=90)
FILTERS = Group("Filters (all that are given must hold)", sort_key=10)
CONFIRMING = Group("Before anything happens", sort_key=20)

State = Literal["dead", "replaying", "replayed", "discarded"]


@Parameter(name="*", group=SHARED)
@dataclass(frozen=True, slots=True)
class Shared:
    """What every command takes."""

    json: Annotated[bool, Parameter(name="--json", help="One JSON document instead of tables; streams are NDJSON.")] = (
        False
    )
    debug: Annotated[bool, Parameter(name="--debug", help="Show the traceback of a failure.")] = False


@Parameter(name="*", group=SHARED)
@dataclass(frozen=True, slots=True)
class Remote(Shared):
    """What every command takes that asks the API."""

    api_url: Annotated[
        str | None, Parameter(name="--api-url", help="The API; else PROSA_API_URL, else http://127.0.0.1:8080.")
    ] = None


@Parameter(name="*", group=FILTERS)
@dataclass(frozen=True, slots=True)
class Filters:
    """Which dead letters."""

    state: Annotated[tuple[State, ...], Parameter(name="--state", help="May be given several times.")] = ()
    source: Annotated[Literal["evolution", "n8n"] | None, Parameter(name="--source", help="The kind of source.")] = None
    source_id: Annotated[str | None, Parameter(name="--source-id", help="One source (`prosa sources list`).")] = None
    event_type: Annotated[str | None, Parameter(name=("--event", "--event-type"), help="Such as messages.upsert.")] = (
        None
    )
    reason: Annotated[DeathReason | None, Parameter(name=("--reason", "--died-of"), help="Why it is dead.")] = None
    fingerprint: Annotated[str | None, Parameter(name="--fingerprint", help="One group (`prosa dlq stats`).")] = None
    error: Annotated[str | None, Parameter(name="--error", help="A part of the error's text.")] = None
    since: Annotated[str | None, Parameter(name="--since", help="2h, 7d, or a time in ISO 8601.")] = None
    until: Annotated[str | None, Parameter(name="--until", help="As --since.")] = None
    min_failures: Annotated[int | None, Parameter(name="--min-failures", help="At least so many attempts.")] = None
    contains: Annotated[
        str | None, Parameter(name="--contains", help='JSON that the payload holds: \'{"event":"call"}\'.')
    ] = None
    provider_id: Annotated[str | None, Parameter(name="--provider-id", help="WhatsApp's id of the message.")] = None
    conversation_id: Annotated[
        str | None, Parameter(name=("--conversation", "--conversation-id"), help="Of one conversation.")
    ] = None
    correlation_id: Annotated[
        str | None, Parameter(name="--correlation-id", help="What the webhook's 200 answered.")
    ] = None

    def query(self) -> list[tuple[str, str]]:
        """As parameters of a URL. Raises a usage Failure."""
        return [pair for name, value in self._given() for pair in _pairs(name, value)]

    def body(self) -> dict[str, Any]:
        """As the `filter` of a body. Raises a usage Failure."""
        return {name: list(value) if isinstance(value, tuple) else value for name, value in self._given()}

    def __bool__(self) -> bool:
        return bool(self._given())

    def _given(self) -> list[tuple[str, Any]]:
        values = [(name, getattr(self, name)) for name in self.__dataclass_fields__]
        given = [(name, value) for name, value in values if value not in (None, ())]
        if self.contains is not None:
            _check_json(self.contains)
        return given


@Parameter(name="*")
@dataclass(frozen=True, slots=True)
class Page:
    """How much of a list."""

    limit: Annotated[int | None, Parameter(name="--limit", help="Entries at most; the API's default is 50.")] = None
    cursor: Annotated[str | None, Parameter(name="--cursor", help="Go on after a page: its next_cursor.")] = None

    def query(self) -> list[tuple[str, str]]:
        """As parameters of a URL."""
        given = (("limit", self.limit), ("cursor", self.cursor))
        return [(name, str(value)) for name, value in given if value is not None]


REMOTE, LOCAL, NO_FILTERS, FIRST_PAGE = Remote(), Shared(), Filters(), Page()


def _pairs(name: str, value: Any) -> list[tuple[str, str]]:
    return [(name, str(part)) for part in value] if isinstance(value, tuple) else [(name, str(value))]


def _check_json(text: str) -> None:
    try:
        parsed = json.loads(text)
    except ValueError as error:
        raise usage(f"--contains is not JSON: {error}.", 'Quote it for the shell: \'{"event":"call"}\'.') from None
    if not isinstance(parsed, (dict, list)):
        raise usage("--contains must be a JSON object or array.", 'For example \'{"event":"call"}\'.')
