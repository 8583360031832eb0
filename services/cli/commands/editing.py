"""`prosa dlq edit`: change a payload, in an editor or from a file."""

import difflib
import json
import math
import sys
from pathlib import Path
from typing import Annotated, Any, NoReturn

from cyclopts import Parameter

from services.cli.commands.dead_letters import dlq, entry_path, revealed_payload
from services.cli.commands.examples import examples
from services.cli.desk import Desk, signed_in
from services.cli.failures import ExitCode, Failure, usage
from services.cli.options import REMOTE, Remote
from services.cli.screen.asking import answer, attended, reason_for
from services.cli.screen.editor import edited_text

ADDED, REMOVED = "+", "-"


@dlq.command(
    help_epilogue=examples(
        "prosa dlq edit 4711              # in $VISUAL or $EDITOR",
        "prosa dlq edit 4711 --replay     # and replay it at once",
        'prosa dlq edit 4711 --payload-file - --reason "bad date" < fixed.json',
    ),
)
def edit(
    entry_id: Annotated[str, Parameter(name="ID")],
    /,
    *,
    payload_file: Annotated[
        str | None, Parameter(allow_leading_hyphen=True, help="The new payload, instead of an editor; - is stdin.")
    ] = None,
    reason: Annotated[str | None, Parameter(help="Why; asked for where it is missing.")] = None,
    replay: Annotated[bool, Parameter(help="Replay it afterwards.")] = False,
    options: Remote = REMOTE,
) -> int:
    """Change what a dead letter says before it is replayed. What came stays beside it.

    The editor gets the payload as it came, which is noted with your name, in a
    file that only you can read and that is removed afterwards. If somebody
    changes the dead letter meanwhile, yours is refused (exit code 3).
    """
    if payload_file is None and not attended():
        raise usage("An editor needs a terminal.", "Give --payload-file FILE, or - for stdin.")
    why = reason_for("edit", reason) if payload_file is not None else reason
    with signed_in(options) as desk:
        entry = desk.api.get(entry_path(entry_id))["entry"]
        payload = _from_file(payload_file) if payload_file is not None else _from_editor(desk, entry_id, why)
        if payload is None:
            desk.out.note("Nothing was changed, and nothing stored.")
            return ExitCode.DONE
        changes = {"payload": payload, "reason": reason_for("edit", why)}
        version = {"If-Match": f'"{entry["version"]}"'}
        stored = desk.api.patch(entry_path(entry_id, "payload"), changes, version)
        replayed = desk.api.post(entry_path(entry_id, "replay"), {}) if replay else {}
        _show(desk, entry_id, {**stored, **replayed}, with_diff=payload_file is not None)
    return ExitCode.DONE


def _from_file(name: str) -> Any:
    try:
        text = sys.stdin.read() if name == "-" else Path(name).read_text("utf-8")
    except OSError as error:
        raise usage(f"{name} cannot be read: {error.strerror}.") from None
    except UnicodeDecodeError:
        raise usage(f"{name} is not UTF-8.") from None
    return parsed_json(text)


def _from_editor(desk: Desk, entry_id: str, reason: str | None) -> Any:
    """The edited payload; None where nothing was changed or the change was taken back."""
    revealed = revealed_payload(desk, entry_id, reason or "to edit it with prosa dlq edit")
    before = revealed.get("edited_payload") or revealed.get("payload")
    text = json.dumps(before, ensure_ascii=False, indent=2) + "\n"
    after = _edited(text)
    if after == before:
        return None
    for line in difference(text, json.dumps(after, ensure_ascii=False, indent=2) + "\n"):
        desk.out.line(line, {ADDED: "green", REMOVED: "red"}.get(line[:1], ""))
    return after if answer("Store this? [y/N] ").lower() in ("y", "yes") else None


def _edited(text: str) -> Any:
    """What the editor made of it, asked again while it is no JSON."""
    while True:
        text = edited_text(text, ".json")
        try:
            return parsed_json(text)
        except Failure as failure:
            sys.stderr.write(f"{failure.what}\n")
            if answer("Edit again? [Y/n] ").lower() in ("n", "no"):
                raise


def parsed_json(text: str) -> Any:
    """A JSON document of finite numbers; integers keep their digits. Raises a usage Failure that says where it is wrong."""
    try:
        return json.loads(text, parse_constant=_refuse, parse_float=_finite)
    except ValueError as error:
        raise usage(f"The payload is not JSON: {error}.", "Nothing was stored.") from None


def difference(before: str, after: str) -> list[str]:
    """A unified diff's lines."""
    lines = difflib.unified_diff(before.splitlines(), after.splitlines(), "as it is", "as edited", lineterm="")
    return list(lines)


def _finite(text: str) -> float:
    number = float(text)
    return number if math.isfinite(number) else _refuse(text)


def _refuse(constant: str) -> NoReturn:
    raise ValueError(f"{constant} is not a number that JSON has")


def _show(desk: Desk, entry_id: str, stored: dict[str, Any], *, with_diff: bool) -> None:
    if desk.out.as_json:
        desk.out.document(stored)
        return
    if with_diff and stored.get("diff"):
        desk.out.lines(str(stored["diff"]))
    entry = stored["entry"]
    following = "It is replaying." if entry["state"] == "replaying" else f"Replay it: prosa dlq replay {entry_id}"
    desk.out.line(f"{entry_id} edited. {following}")
