"""Asks a running API what its own document allows and forbids, and holds each answer against the document.

Every finding of a run is kept, each kind once for an endpoint: whoever mends the service sees all of them, and not the
first alone. The same seed asks the same, but for the ids in it, which are those of the moment.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from itertools import islice
from typing import Any

import requests
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import seed as seeded
from hypothesis.strategies import DrawFn, SearchStrategy, booleans, composite, integers, one_of, sampled_from, sets
from schemathesis import Case, GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.config import GenerationConfig
from schemathesis.core.failures import Failure, FailureGroup
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from tests.integration.api.fuzzed_ids import RealIds

CHECKS: list[Any] = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
]
AnyCase = Case[Any]
MODES = [GenerationMode.POSITIVE, GenerationMode.NEGATIVE]
# What names a place in an answer and is handed back: made up it is refused, and nothing behind it is tried.
HANDED_BACK = ("next_cursor", "next_before", "plan_token")
GIVEN_AS = {"cursor": "next_cursor", "before": "next_before", "plan_token": "plan_token"}


# Where sessions end: the caller's own too, and with a user who is deactivated, or becomes something else.
ENDING_SESSIONS = ("/api/auth/logout", "/api/users/{user_id}")


@dataclass(frozen=True, slots=True)
class Budget:
    """How much is asked of each endpoint: cases at the edges of the document, then made-up ones."""

    edges: int
    examples: int
    seed: int = 1


@dataclass(frozen=True, slots=True)
class Real:
    """What there is: values of a path's parameters and of fields, and a body that is valid."""

    in_path: Mapping[str, list[str]]
    in_fields: Mapping[str, list[str]]
    body: Mapping[str, Any] | None


@dataclass
class Fuzzer:
    """The same calls by each of some users. `sign_in_again` makes tokens good again where a call has ended a session."""

    url: str
    ids: RealIds
    tokens: Mapping[str, str]
    sign_in_again: Callable[[], object]
    budget: Budget
    findings: dict[tuple[str, str, str], str] = field(default_factory=dict)
    answers: dict[tuple[str, int], int] = field(default_factory=dict)
    _handed_back: dict[str, list[str]] = field(default_factory=dict)
    _session: requests.Session = field(default_factory=requests.Session)

    @cached_property
    def schema(self) -> Any:
        loaded = schemathesis.openapi.from_url(f"{self.url}/api/openapi.json")
        loaded.config.generation.update(modes=MODES, with_security_parameters=False)
        return loaded

    def run(self) -> None:
        """Ask of every endpoint, and last of those after which there is less to ask about."""
        operations = [found.ok() for found in self.schema.get_all_operations()]
        for operation in sorted(operations, key=lambda one: (one.method == "delete", one.path.endswith("/erasure"))):
            for case in islice(self._edges(operation), self.budget.edges):
                self._try(case)
            self._made_up(operation)

    def report(self) -> str:
        """What was found, and how often each endpoint gave which answer."""
        counted = (f"{times:6} {status} {label}" for (label, status), times in sorted(self.answers.items()))
        return "\n\n".join(self.findings.values()) + "\n\n" + "\n".join(counted)

    def _edges(self, operation: Any) -> Iterator[AnyCase]:
        config = GenerationConfig(modes=MODES, with_security_parameters=False)
        yield from self.schema.iter_coverage_cases(operation, generation_modes=MODES, generation_config=config)

    def _made_up(self, operation: Any) -> None:
        cases = one_of(*(operation.as_strategy(generation_mode=mode) for mode in MODES))

        @seeded(self.budget.seed)
        @settings(
            max_examples=self.budget.examples,
            phases=[Phase.generate],
            database=None,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        )
        @given(_near_to_real(cases, self._real(operation)))
        def ask(case: AnyCase) -> None:
            self._try(case)

        ask()

    def _real(self, operation: Any) -> Real:
        fields = self.ids.of_fields(operation.path)
        for name, kind in GIVEN_AS.items():
            fields[name] = fields.get(name, []) + self._handed_back.get(kind, [])
        return Real(self.ids.of_path(operation.path), fields, self.ids.body(operation.method, operation.path))

    def _try(self, case: AnyCase) -> None:
        for who, token in self.tokens.items():
            answer = case.call(self.url, session=self._session, headers={"Authorization": f"Bearer {token}"})
            label = f"{case.method} {case.operation.path} as {who}"
            self.answers[label, answer.status_code] = self.answers.get((label, answer.status_code), 0) + 1
            try:
                case.validate_response(answer, checks=CHECKS)
            except FailureGroup as failures:
                for failure in failures.exceptions:
                    self._note(label, answer, failure, case)
            self._keep(answer)
            if case.method != "GET" and case.operation.path.startswith(ENDING_SESSIONS):
                self.sign_in_again()

    def _note(self, label: str, answer: Any, failure: Failure, case: AnyCase) -> None:
        key = (label, failure.title, str(answer.status_code))
        told = f"{label}: {failure.title} ({answer.status_code})\n{failure.message}\n{answer.content[:600]!r}"
        self.findings.setdefault(key, f"{told}\n{case.as_curl_command()[:900]}")

    def _keep(self, answer: Any) -> None:
        if (
            not answer.content.startswith(b"{")
            or answer.headers.get("content-type", [""])[0] != "application/json; charset=utf-8"
        ):
            return
        body = answer.json()
        for kind in HANDED_BACK:
            if isinstance(value := body.get(kind), str):
                self._handed_back.setdefault(kind, []).append(value)


@composite
def _near_to_real(draw: DrawFn, cases: SearchStrategy[AnyCase], real: Real) -> AnyCase:
    """What is made up alone is refused at the door; with what is there in it, it gets to where things can break."""
    case = draw(cases)
    for name, values in real.in_path.items():
        if values and draw(integers(0, 9)) < 8:
            case.path_parameters[name] = draw(sampled_from(values))
    if real.body and isinstance(case.body, dict) and draw(booleans()):
        kept = draw(sets(sampled_from(sorted(real.body)))) if real.body else set()
        case.body = {**real.body, **{name: case.body[name] for name in kept & case.body.keys()}}
    for container in (case.query, case.body):
        if isinstance(container, dict):
            _name_what_is_there(draw, container, real.in_fields)
    return case


def _name_what_is_there(draw: DrawFn, container: dict[str, Any], known: Mapping[str, list[str]]) -> None:
    for name in sorted(container.keys() & known.keys()):
        if draw(booleans()) and known[name]:
            value = draw(sampled_from(known[name]))
            container[name] = {"ids": [value], "attachments": [{"id": value}]}.get(name, value)
