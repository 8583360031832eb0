"""`prosa dlq issues` and `prosa dlq issue …`: groups of dead letters that have one cause."""

from typing import Annotated, Any, Literal
from urllib.parse import quote

from cyclopts import App, Parameter

from services.cli.commands.dead_letters import dlq
from services.cli.commands.examples import examples
from services.cli.desk import now, signed_in
from services.cli.failures import usage
from services.cli.options import REMOTE, Remote
from services.cli.screen.entries import person
from services.cli.screen.output import Output
from services.cli.screen.tables import Column
from services.cli.screen.times import ago, start_moment

Fingerprint = Annotated[str, Parameter(name="FINGERPRINT", help="A group, as `prosa dlq issues` names it.")]
Link = Annotated[str | None, Parameter(help="Where it is dealt with: a ticket, a pull request.")]
Note = Annotated[str | None, Parameter(help="What is known of it.")]

issue = App(
    name="issue",
    help="Say what becomes of a group of dead letters that have one cause.",
    help_epilogue=examples(
        "prosa dlq issue ack 5f1c… --link https://tickets.test/12",
        "prosa dlq issue mute 5f1c… --discard-for 7d",
    ),
)
dlq.command(issue)


@dlq.command(help_epilogue=examples("prosa dlq issues --state open"))
def issues(
    *,
    state: Annotated[Literal["open", "acknowledged", "muted", "resolved"] | None, Parameter(help="Only these.")] = None,
    options: Remote = REMOTE,
) -> None:
    """List groups of dead letters that have one cause, with their state."""
    with signed_in(options) as desk:
        answer = desk.api.get("/api/dlq/issues", [("state", state)] if state else [])
        if desk.out.as_json:
            desk.out.document(answer)
        elif answer["issues"]:
            _show_issues(desk.out, answer["issues"])
        else:
            desk.out.line("No issue of this state." if state else "No issues: nothing has died.")


@issue.command(help_epilogue=examples("prosa dlq issue ack 5f1c… --link https://tickets.test/12"))
def ack(fingerprint: Fingerprint, /, *, link: Link = None, note: Note = None, options: Remote = REMOTE) -> None:
    """Somebody knows and looks after it."""
    _change(fingerprint, {"state": "acknowledged", "link": link, "note": note}, options)


@issue.command(
    help_epilogue=examples(
        "prosa dlq issue mute 5f1c…                     # no alerts",
        "prosa dlq issue mute 5f1c… --discard-for 7d    # and discard new ones",
    ),
)
def mute(
    fingerprint: Fingerprint,
    /,
    *,
    discard_for: Annotated[
        str | None, Parameter(help="Discard new ones by themselves, for so long from now on: 7d.")
    ] = None,
    discard_until: Annotated[
        str | None, Parameter(help="The same, until a time in ISO 8601, or 7d from now on.")
    ] = None,
    link: Link = None,
    note: Note = None,
    options: Remote = REMOTE,
) -> None:
    """No alerts for it any more."""
    if discard_for and discard_until:
        raise usage("--discard-for and --discard-until exclude each other.")
    given = f"+{discard_for}" if discard_for else discard_until
    until = start_moment(given, now()) if given else None
    _change(fingerprint, {"state": "muted", "link": link, "note": note, "discard_until": until}, options)


@issue.command(help_epilogue=examples("prosa dlq issue resolve 5f1c… --note 'fixed in 1.4'"))
def resolve(fingerprint: Fingerprint, /, *, link: Link = None, note: Note = None, options: Remote = REMOTE) -> None:
    """It is repaired; if one more dies of it, it is open again."""
    _change(fingerprint, {"state": "resolved", "link": link, "note": note}, options)


@issue.command(help_epilogue=examples("prosa dlq issue reopen 5f1c…"))
def reopen(fingerprint: Fingerprint, /, *, link: Link = None, note: Note = None, options: Remote = REMOTE) -> None:
    """It is not dealt with after all."""
    _change(fingerprint, {"state": "open", "link": link, "note": note}, options)


def _change(fingerprint: str, changes: dict[str, Any], options: Remote) -> None:
    given = {name: value for name, value in changes.items() if value is not None}
    with signed_in(options) as desk:
        answer = desk.api.patch(f"/api/dlq/issues/{quote(fingerprint, safe='')}", given)
        if desk.out.as_json:
            desk.out.document(answer)
        else:
            _show_issues(desk.out, [answer.get("issue", answer)])


def _show_issues(out: Output, found: list[dict[str, Any]]) -> None:
    columns = (
        Column("FINGERPRINT"),
        Column("STATE"),
        Column("COUNT", right=True),
        Column("EVENT", drop=2),
        Column("LAST", drop=1),
        Column("CHANGED", drop=4),
        Column("LINK", drop=3),
        Column("ERROR", flexible=True),
    )
    out.table(columns, [_row(out, one) for one in found])
    for one in found:
        if one.get("discard_until"):
            out.note(f"{one['fingerprint']}: new ones are discarded until {one['discard_until']}.")


def _row(out: Output, one: dict[str, Any]) -> list[object]:
    changed = (
        f"{ago(one['changed_at'], out.now())} by {person(one.get('changed_by') or '-')}"
        if one.get("changed_at")
        else "-"
    )
    return [
        one["fingerprint"],
        one["state"],
        one.get("count", "-"),
        one.get("event_type") or "-",
        ago(one.get("last_seen_at"), out.now()),
        changed,
        one.get("link") or "-",
        one.get("error_message") or "-",
    ]
