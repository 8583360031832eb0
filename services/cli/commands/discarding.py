"""`prosa dlq discard` and `restore`."""

from typing import Annotated, Any, get_args

from cyclopts import Parameter

from services.cli.commands.chosen import Chosen, EntryId, chosen
from services.cli.commands.dead_letters import dlq, entry_path
from services.cli.commands.examples import examples
from services.cli.commands.plans import All, DryRun, Yes, confirm, show_plan
from services.cli.desk import Desk, signed_in
from services.cli.failures import ExitCode, Failure, usage
from services.cli.options import NO_FILTERS, REMOTE, Filters, Remote
from services.cli.screen.asking import reason_for
from shared.events.dead_letter import DeathReason


@dlq.command(
    help_epilogue=examples(
        'prosa dlq discard 4711 --reason "a test message"',
        'prosa dlq discard --fingerprint 5f1c… --reason "known, PROSA-12" --dry-run',
        'prosa dlq discard --fingerprint 5f1c… --reason "known, PROSA-12" --yes',
        'prosa dlq discard --died-of refused --reason "old numbers"',
    ),
)
def discard(
    *ids: EntryId,
    reason: Annotated[
        str | None,
        Parameter(help="Why you discard them; asked for where it is missing. What they died of is --died-of."),
    ] = None,
    filters: Filters = NO_FILTERS,
    everything: All = False,
    dry_run: DryRun = False,
    yes: Yes = False,
    options: Remote = REMOTE,
) -> int:
    """Put dead letters away. They stay until they expire: `prosa dlq restore` brings one back."""
    which = chosen(ids, filters, everything=everything, verb="discard")
    if reason in get_args(DeathReason):
        raise usage(
            f"--reason says why you discard them, and {reason} reads like what they died of.",
            f"To choose by that: --died-of {reason}.",
        )
    why = reason_for("discard", reason)
    with signed_in(options) as desk:
        if which.single and not dry_run:
            return _discard_one(desk, which.single, why)
        return _discard_many(desk, which, why, dry_run=dry_run, yes=yes)


@dlq.command(help_epilogue=examples("prosa dlq restore 4711"))
def restore(*ids: EntryId, options: Remote = REMOTE) -> int:
    """Bring discarded ones back among the dead."""
    which = chosen(ids, NO_FILTERS, everything=False, verb="restore")
    with signed_in(options) as desk:
        results = [_restored(desk, entry_id, alone=len(which.ids) == 1) for entry_id in which.ids]
        if desk.out.as_json:
            desk.out.document({"results": results})
        else:
            _show_restored(desk, results)
    return ExitCode.DONE if all(result["restored"] for result in results) else ExitCode.SOME_FAILED


def _discard_one(desk: Desk, entry_id: str, reason: str) -> int:
    answer = desk.api.post(entry_path(entry_id, "discard"), {"reason": reason})
    if desk.out.as_json:
        desk.out.document(answer)
    else:
        desk.out.line(f"{entry_id} discarded. Undo: prosa dlq restore {entry_id}")
    return ExitCode.DONE


def _discard_many(desk: Desk, which: Chosen, reason: str, *, dry_run: bool, yes: bool) -> int:
    body = {**which.body(), "reason": reason}
    plan = desk.api.post("/api/dlq/discards", {**body, "dry_run": True})
    if dry_run or plan["count"] == 0:
        if desk.out.as_json:
            desk.out.document(plan)
        else:
            show_plan(desk.out, plan)
        return ExitCode.DONE
    confirm(desk.out, plan, "discard", yes=yes, piped=which.piped)
    token = {"plan_token": plan["plan_token"]} if plan.get("plan_token") else {}
    answer = desk.api.post("/api/dlq/discards", {**body, **token})
    if desk.out.as_json:
        desk.out.document(answer)
    else:
        desk.out.line(f"{answer['count']} discarded. Undo for one: prosa dlq restore ID")
    return ExitCode.DONE


def _restored(desk: Desk, entry_id: str, *, alone: bool) -> dict[str, Any]:
    """One result of several; a single one's failure is the command's."""
    try:
        answer = desk.api.post(entry_path(entry_id, "restore"))
    except Failure as failure:
        if alone or failure.code in (ExitCode.NOT_ALLOWED, ExitCode.UNREACHABLE):
            raise
        return {"id": entry_id, "restored": False, "problem": failure.problem()}
    return {"id": entry_id, "restored": True, "entry": answer["entry"]}


def _show_restored(desk: Desk, results: list[dict[str, Any]]) -> None:
    for result in results:
        if result["restored"]:
            desk.out.line(f"{result['id']} is dead again. Replay it: prosa dlq replay {result['id']}")
        else:
            desk.out.note(f"{result['id']}: {result['problem']['detail']}")
