"""`prosa trace …`: the whole life of one webhook or request."""

from collections.abc import Sequence
from typing import Annotated
from uuid import UUID
from zoneinfo import ZoneInfo

from cyclopts import App, Parameter

from services.cli.administration.database import administered
from services.cli.administration.life import Step, life_of, state_of, step_object
from services.cli.administration.tracing import Trace, traced
from services.cli.commands.examples import examples
from services.cli.desk import output
from services.cli.failures import ExitCode, Failure, usage
from services.cli.options import LOCAL, Shared
from services.cli.screen.output import Output
from services.cli.screen.tables import Column

CorrelationId = Annotated[
    str, Parameter(name="ID", help="The correlation id: what a webhook's 200 says, or a request's X-Request-ID.")
]

_ID = "01a1f8a4-43b2-71c3-9e7a-8514ab6c995a"

trace = App(name="trace", help_epilogue=examples(f"prosa trace {_ID}", f"prosa trace {_ID} --json | jq .trace.steps"))


@trace.default
def trace_(correlation_id: CorrelationId, /, *, options: Shared = LOCAL) -> None:
    """Show its life, or say where it may be when the database has nothing of it."""
    out = output(options)
    wanted = _parsed(correlation_id)
    with administered() as connection:
        found = traced(connection, wanted)
    if not found:
        raise Failure(
            ExitCode.NOT_FOUND,
            f"Nothing is known of {wanted}.",
            "It may be in RabbitMQ or a spool still, or its bytes came before under another id, or nothing of it is kept.",
            name="unknown_correlation_id",
        )
    steps = life_of(found)
    if out.as_json:
        out.document({"trace": _document(found, steps)})
    else:
        _show(out, found, steps)


def _parsed(text: str) -> UUID:
    try:
        return UUID(text.strip())
    except ValueError:
        raise usage(f"{text!r} is no correlation id.", f"It looks like {_ID}.") from None


def _document(found: Trace, steps: Sequence[Step]) -> dict[str, object]:
    clinic = found.clinic and {"id": str(found.clinic["id"]), "slug": found.clinic["slug"]}
    return {
        "correlation_id": str(found.correlation_id),
        "trace_id": found.trace_id,
        "clinic": clinic,
        "state": state_of(found),
        "unpublished_events": len(found.unpublished),
        "steps": [step_object(step) for step in steps],
    }


def _show(out: Output, found: Trace, steps: Sequence[Step]) -> None:
    clinic = found.clinic
    out.facts(
        [
            ("correlation", found.correlation_id),
            ("trace", found.trace_id),
            ("clinic", clinic and f"{clinic['name']} ({clinic['slug']}, id {clinic['id']})"),
            ("state", state_of(found)),
            ("live events", f"{len(found.unpublished)} wait for Redis" if found.unpublished else "all published"),
        ]
    )
    out.line()
    zone = ZoneInfo(clinic["timezone"] if clinic else "UTC")
    columns = (Column("AT"), Column("AFTER", right=True), Column("WHERE"), Column("WHAT", flexible=True), Column("ID"))
    out.table(columns, [_line(step, steps[0], zone) for step in steps])


def _line(step: Step, first: Step, zone: ZoneInfo) -> list[object]:
    after = (step.at - first.at).total_seconds()
    return [
        step.at.astimezone(zone).isoformat(timespec="milliseconds"),
        f"{after:.3f} s",
        step.place,
        step.what,
        step.id,
    ]
