"""`prosa audit list`: who did what."""

import json
from typing import Annotated, Any

from cyclopts import App, Parameter

from services.cli.commands.examples import examples
from services.cli.desk import signed_in
from services.cli.options import FIRST_PAGE, REMOTE, Page, Remote
from services.cli.screen.entries import person
from services.cli.screen.output import Output
from services.cli.screen.tables import Column
from services.cli.screen.times import ago

audit = App(name="audit")


@audit.command(
    name="list",
    help_epilogue=examples(
        "prosa audit list",
        "prosa audit list --action dead_letter.revealed --json",
        "prosa audit list --subject-type dead_letter --subject-id 4711",
    ),
)
def list_(
    *,
    subject_type: Annotated[str | None, Parameter(help="What it was done to.")] = None,
    subject_id: Annotated[str | None, Parameter(help="Which of them.")] = None,
    action: Annotated[str | None, Parameter(help="What was done.")] = None,
    page: Page = FIRST_PAGE,
    options: Remote = REMOTE,
) -> None:
    """List what people did, newest first."""
    wanted = (("subject_type", subject_type), ("subject_id", subject_id), ("action", action))
    query = [(name, value) for name, value in wanted if value]
    with signed_in(options) as desk:
        answer = desk.api.get("/api/audit", [*query, *page.query()])
        if desk.out.as_json:
            desk.out.document(answer)
        elif answer["entries"]:
            _show(desk.out, answer)
        else:
            desk.out.line("Nobody did that yet." if query else "Nobody did anything yet.")


def _show(out: Output, answer: dict[str, Any]) -> None:
    columns = (
        Column("WHEN"),
        Column("WHO"),
        Column("ACTION"),
        Column("SUBJECT"),
        Column("DATA", flexible=True, drop=1),
    )
    rows = [
        [
            ago(entry.get("at"), out.now()),
            person(entry.get("actor") or (entry.get("data") or {}).get("by") or "-"),
            entry["action"],
            f"{entry['subject_type']} {entry['subject_id']}",
            json.dumps(entry["data"], ensure_ascii=False) if entry.get("data") else "",
        ]
        for entry in answer["entries"]
    ]
    out.table(columns, rows)
    if answer.get("next_cursor"):
        out.note(f"More: --cursor {answer['next_cursor']}")
