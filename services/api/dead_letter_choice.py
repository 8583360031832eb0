"""From a request's filter to the choice that is asked of Postgres, and the token that says what a dry run saw."""

import hashlib
import json
from dataclasses import replace
from datetime import datetime
from typing import Any

from services.api.desk import Desk
from services.api.models.dead_letters import Chosen, DeadLetterFilter
from services.api.periods import instant_of
from services.api.problems import ProblemError, invalid_parameter
from services.api.references import parse_id
from services.api.stores.dead_letters import Choice


def choice_of(chosen: DeadLetterFilter, desk: Desk) -> Choice:
    """What a filter chooses, its times seen from now. Raises ProblemError (400)."""
    return Choice(
        states=None if chosen.state is None else list(chosen.state),
        source=chosen.source,
        source_id=None if chosen.source_id is None else parse_id(chosen.source_id),
        event_type=chosen.event_type,
        reason=chosen.reason,
        fingerprint=chosen.fingerprint,
        error=chosen.error,
        since=instant("since", chosen.since, desk),
        until=instant("until", chosen.until, desk),
        min_failures=chosen.min_failures,
        contains=chosen.contains,
        provider_id=chosen.provider_id,
        conversation_id=chosen.conversation_id,
        correlation_id=chosen.correlation_id,
    )


def instant(name: str, text: str | None, desk: Desk, *, ahead: bool = False) -> datetime | None:
    """The instant that a parameter names; `ahead` says where from now a span of time lies. Raises ProblemError (400)."""
    if text is None:
        return None
    try:
        return instant_of(text, desk.now, desk.timezone, ahead=ahead)
    except ValueError as error:
        side = "from now on" if ahead else "back from now"
        raise invalid_parameter(name, f"Should be ISO 8601, or a duration {side} like 90m, 2h or 7d") from error


def dead_choice(chosen: Chosen, desk: Desk) -> Choice:
    """What somebody wants to act on: of what they have chosen, that which is dead."""
    if chosen.filter is None:
        return Choice(states=["dead"], ids=[int(text) for text in chosen.ids or ()])
    return replace(choice_of(chosen.filter, desk), states=["dead"])


def plan_token(clinic_id: int, chosen: Chosen, count: int) -> str:
    """What a dry run saw: the filter and the number it matched. It is no secret and no permission."""
    seen = json.dumps([clinic_id, filter_object(chosen), chosen.ids, count], sort_keys=True)
    return hashlib.sha256(seen.encode()).hexdigest()[:32]


def require_plan(clinic_id: int, chosen: Chosen, count: int) -> None:
    """Raise ProblemError (409) where a filter matches another number now than when its dry run was made."""
    if chosen.filter is None:
        return
    if chosen.plan_token is None:
        raise ProblemError(409, "Make a dry run first and hand back its plan_token.", code="plan_missing", count=count)
    if chosen.plan_token != plan_token(clinic_id, chosen, count):
        raise ProblemError(
            409, f"The filter matches {count} dead letters now; look again.", code="plan_changed", count=count
        )


def filter_object(chosen: Chosen) -> dict[str, Any] | None:
    """The filter as it was asked for."""
    return None if chosen.filter is None else chosen.filter.model_dump(exclude_none=True)
