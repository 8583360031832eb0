"""The API's refusals as failures of the command: which exit code, in which words. Pure."""

import json
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from services.cli.failures import ExitCode, Failure

_CODES = {
    400: ExitCode.USAGE,
    401: ExitCode.NOT_ALLOWED,
    403: ExitCode.NOT_ALLOWED,
    404: ExitCode.NOT_FOUND,
    409: ExitCode.CONFLICT,
    410: ExitCode.NOT_FOUND,
    412: ExitCode.CONFLICT,
    413: ExitCode.USAGE,
    422: ExitCode.USAGE,
    428: ExitCode.USAGE,
    429: ExitCode.UNREACHABLE,
    502: ExitCode.UNREACHABLE,
    503: ExitCode.UNREACHABLE,
    504: ExitCode.UNREACHABLE,
}
_NEXT = {
    401: "Sign in with `prosa login`, or set PROSA_TOKEN.",
    403: "Ask an operator or admin of the clinic.",
    404: "It may be another clinic's, or gone; the `list` beside this command shows what is there.",
    409: "Look at it again before you repeat this.",
    410: "Its payload was kept for its time and is gone.",
    412: "Begin again from what it is now; nothing of yours was stored.",
    502: "Try again in a moment.",
    503: "Try again in a moment.",
    504: "Try again in a moment.",
}
_NEXT_BY_NAME = {
    "already_replaying": "Wait for its end: `prosa dlq show ID`.",
    "already_replayed": "Nothing is left to do: `prosa dlq show ID` has its history.",
    "plan_changed": "Others came or went meanwhile: run it again to see the new number.",
}


def failure_of(status: int, content: bytes, retry_after: str | None) -> Failure:
    """The Failure that an answer with an error stands for."""
    problem = _problem(content)
    name = str(problem.get("code") or f"http_{status}")
    code = _CODES.get(status, ExitCode.FAILED)
    known = {**problem, "status": status, "code": name}
    return Failure(code, _sentence(status, problem), _next(status, name, retry_after), name=name, known=known)


def _problem(content: bytes) -> dict[str, Any]:
    try:
        problem = json.loads(content)
    except ValueError:
        return {}
    return problem if isinstance(problem, dict) else {}


def _sentence(status: int, problem: Mapping[str, Any]) -> str:
    """What happened, by whom and when where that is known, and which parts of the request are wrong."""
    detail = str(problem.get("detail") or problem.get("title") or _phrase(status))
    errors = [error for error in problem.get("errors") or () if isinstance(error, dict)]
    named = "; ".join(f"{error.get('path')}: {error.get('message')}" for error in errors)
    by, at = _person(problem.get("by")), problem.get("at")
    # The API's sentence may say it already.
    told = [(f"by {by}", by), (f"at {at}", at)]
    said = [part for part, known in told if known and str(known) not in detail]
    who = f"{detail.removesuffix('.')} ({' '.join(said)})." if said else detail
    return f"{who} {named}." if named else who


def _next(status: int, name: str, retry_after: str | None) -> str:
    if status == HTTPStatus.TOO_MANY_REQUESTS and retry_after:
        return f"Try again in {retry_after} s."
    return _NEXT_BY_NAME.get(name) or _NEXT.get(status, "")


def _person(by: Any) -> str | None:
    if isinstance(by, Mapping):
        return str(by.get("name") or by.get("id"))
    return str(by) if by else None


def _phrase(status: int) -> str:
    try:
        return f"The API answered {status} {HTTPStatus(status).phrase}."
    except ValueError:
        return f"The API answered {status}."
