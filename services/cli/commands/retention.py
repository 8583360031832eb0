"""`prosa retention …`."""

from typing import Annotated, Any

from cyclopts import App, Parameter

from services.cli.administration.database import administered
from services.cli.administration.retention import Class, all_rules, end_rule, set_rule
from services.cli.commands.examples import examples
from services.cli.desk import output
from services.cli.options import LOCAL, Shared
from services.cli.screen.tables import Column

retention = App(name="retention")

Slug = Annotated[str, Parameter(name="CLINIC", help="Its slug or id.")]
What = Annotated[Class, Parameter(name="CLASS", help="messages, media, dead_letters or reads (who looked at what).")]


@retention.command(name="list", help_epilogue=examples("prosa retention list"))
def list_(*, options: Shared = LOCAL) -> None:
    """List the rules of all clinics."""
    out = output(options)
    with administered() as connection:
        found = all_rules(connection)
    if out.as_json:
        out.document({"rules": [_rule_object(row) for row in found]})
    elif found:
        columns = (Column("CLINIC"), Column("CLASS"), Column("DAYS"), Column("SET BY", flexible=True))
        out.table(columns, [[row["slug"], row["class"], row["days"], row["set_by"]] for row in found])
    else:
        out.line("No rules: everything is kept.")


@retention.command(name="set", help_epilogue=examples("prosa retention set bem-estar messages 1825"))
def set_(clinic: Slug, what: What, days: Annotated[int, Parameter(name="DAYS")], /, *, options: Shared = LOCAL) -> None:
    """Delete what is older than so many days, from the next round on. It cannot be brought back."""
    out = output(options)
    with administered() as connection:
        rule = _rule_object(set_rule(connection, clinic, what, days))
    if out.as_json:
        out.document({"rule": rule})
    else:
        out.line(f"The clinic {rule['clinic']} deletes {what} after {days} days.")


@retention.command(help_epilogue=examples("prosa retention end bem-estar messages"))
def end(clinic: Slug, what: What, /, *, options: Shared = LOCAL) -> None:
    """Keep everything of a class from now on."""
    out = output(options)
    with administered() as connection:
        end_rule(connection, clinic, what)
    if out.as_json:
        out.document({"clinic": clinic, "class": what, "days": None})
    else:
        out.line(f"The clinic {clinic} keeps all {what}.")


def _rule_object(row: dict[str, Any]) -> dict[str, Any]:
    kept = {name: row[name] for name in ("class", "days", "set_by")}
    return {"clinic": row["slug"], **kept, "set_at": row["set_at"].isoformat()}
