"""Before something happens to many: what it would do, and a person's or a script's yes."""

from collections.abc import Mapping
from typing import Annotated, Any

from cyclopts import Parameter

from services.cli.failures import ExitCode, Failure, usage
from services.cli.options import CONFIRMING
from services.cli.screen.asking import answer, attended
from services.cli.screen.entries import show_entries
from services.cli.screen.output import Output
from services.cli.screen.times import ago

DryRun = Annotated[bool, Parameter(name="--dry-run", group=CONFIRMING, help="Only show what would happen.")]
Yes = Annotated[bool, Parameter(name="--yes", group=CONFIRMING, help="Do not ask; scripts need it.")]
All = Annotated[bool, Parameter(name="--all", group=CONFIRMING, help="Without any filter: every one that is dead.")]

Plan = Mapping[str, Any]


def show_plan(out: Output, plan: Plan) -> None:
    """A dry run's answer, for people."""
    out.facts(
        [
            ("matching", plan["count"]),
            ("oldest", ago(plan["oldest"], out.now()) if plan.get("oldest") else None),
            ("by source", _counts(plan.get("by_source"))),
            ("by event", _counts(plan.get("by_event_type"))),
            ("servers", _servers(plan.get("preflight") or {})),
        ]
    )
    for warning in warnings(plan):
        out.line(f"Warning: {warning}", "yellow")
    if plan.get("sample"):
        out.heading("The first of them")
        show_entries(out, plan["sample"])


def warnings(plan: Plan) -> list[str]:
    """Reasons why what is planned would fail again. Pure."""
    preflight = plan.get("preflight") or {}
    away = [name for name in ("postgres", "redis", "rabbitmq") if name in preflight and not _well(preflight[name])]
    said = [f"{name} is not available; what needs it will fail again." for name in away]
    for key, what in (
        ("paused_sources", "paused"),
        ("closed_sources", "not connected to WhatsApp"),
        ("resting_sources", "given a rest after failures"),
    ):
        if preflight.get(key):
            said.append(f"{what}: {', '.join(map(_name, preflight[key]))}; their sends wait or fail.")
    return said


def confirm(out: Output, plan: Plan, verb: str, *, yes: bool, piped: bool) -> None:
    """Return where it may go on. Raises a Failure where nobody said yes."""
    count = plan["count"]
    if yes:
        for warning in warnings(plan):
            out.note(f"Warning: {warning}")
        return
    if piped or out.as_json or not attended():
        raise usage(f"This would {verb} {count} and nobody can be asked.", "Look with --dry-run, then add --yes.")
    show_plan(out, plan)
    if answer(f"\nType {count} to {verb} them: ") != str(count):
        raise Failure(ExitCode.FAILED, "Nothing was done: the number was not typed.", name="not_confirmed")


def _counts(counts: Any) -> str | None:
    if not counts:
        return None
    if isinstance(counts, Mapping):
        return ", ".join(f"{count} {key}" for key, count in counts.items())
    return ", ".join(f"{group.get('count')} {_name(group)}" for group in counts)


def _servers(preflight: Plan) -> str | None:
    states = [
        f"{name} {preflight[name] if _well(preflight[name]) else 'AWAY'}"
        for name in ("postgres", "redis", "rabbitmq")
        if name in preflight
    ]
    return ", ".join(states) or None


def _well(state: Any) -> bool:
    return state in (True, "ok", "up", "ready", "not needed")


def _name(thing: Any) -> str:
    if thing == "*":
        return "the whole clinic"
    if isinstance(thing, Mapping):
        named = next((thing[key] for key in ("name", "source_name", "key", "event_type", "id") if thing.get(key)), "?")
        return str(named)
    return str(thing)
