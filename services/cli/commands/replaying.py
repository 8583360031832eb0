"""`prosa dlq replay`: again through the worker, one or many."""

import time
from typing import Annotated, Any, Literal

from cyclopts import Group, Parameter

from services.cli.commands.chosen import Chosen, EntryId, chosen
from services.cli.commands.dead_letters import dlq, entry_path
from services.cli.commands.examples import examples
from services.cli.commands.jobs import follow_job
from services.cli.commands.plans import All, DryRun, Yes, confirm, show_plan
from services.cli.desk import Desk, now, signed_in
from services.cli.failures import ExitCode, usage
from services.cli.options import NO_FILTERS, REMOTE, Filters, Remote
from services.cli.screen.times import per_second, start_moment

PACE = Group("Pace of many", sort_key=30)


@dlq.command(
    help_epilogue=examples(
        "prosa dlq replay 4711",
        "prosa dlq replay 4711 --mode raw    # interpreted anew from what came",
        "prosa dlq replay --since 2h --reason exhausted --dry-run",
        "prosa dlq replay --since 2h --yes --rate 20/s --max-failures 50 --follow",
        "prosa dlq list --json | jq -r '.entries[].id' | prosa dlq replay - --yes",
    ),
)
def replay(
    *ids: EntryId,
    filters: Filters = NO_FILTERS,
    everything: All = False,
    mode: Annotated[
        Literal["event", "raw"] | None, Parameter(help="One id only: the event as stored, or the bytes that came.")
    ] = None,
    accept_duplicate: Annotated[
        bool, Parameter(help="Also sends that may have reached the patient; else they are refused or skipped.")
    ] = False,
    dry_run: DryRun = False,
    yes: Yes = False,
    rate: Annotated[str | None, Parameter(group=PACE, help="20/s (the default) or 600/m.")] = None,
    max_failures: Annotated[
        int | None, Parameter(group=PACE, help="Stop after so many failures; 50 by default.")
    ] = None,
    start_at: Annotated[str | None, Parameter(group=PACE, help="Not before: ISO 8601, or 30m from now on.")] = None,
    follow: Annotated[bool, Parameter(help="Wait for the end. Ctrl-C leaves it running.")] = False,
    every: Annotated[float, Parameter(help="Seconds between two looks.")] = 1.0,
    options: Remote = REMOTE,
) -> int:
    """Process dead letters again: one, several, or all that a filter matches.

    Each conversation's are replayed in order, and none twice: what somebody
    else replays already is a conflict (exit code 3). Of many, the matching ones
    are frozen when you confirm, and released at the rate.
    """
    which = chosen(ids, filters, everything=everything, verb="replay")
    if mode and not which.single:
        raise usage("--mode is for one id.", "Of many, each is replayed as it was stored.")
    pace = _pace(rate, max_failures, start_at)
    with signed_in(options) as desk:
        if which.single and not pace and not dry_run:
            how = {**({"mode": mode} if mode else {}), **({"accept_duplicate": True} if accept_duplicate else {})}
            return _replay_one(desk, which.single, how, every if follow else None)
        if accept_duplicate:
            pace["accept_duplicates"] = True
        return _replay_many(desk, which, pace, dry_run=dry_run, yes=yes, every=every if follow else None)


def _pace(rate: str | None, max_failures: int | None, start_at: str | None) -> dict[str, Any]:
    pace: dict[str, Any] = {}
    if rate is not None:
        wanted = per_second(rate)
        pace["rate"] = int(wanted) if wanted == int(wanted) else wanted
    if max_failures is not None:
        pace["max_failures"] = max_failures
    if start_at is not None:
        pace["start_at"] = start_moment(start_at, now())
    return pace


def _replay_one(desk: Desk, entry_id: str, how: dict[str, Any], every: float | None) -> int:
    answer = desk.api.post(entry_path(entry_id, "replay"), how)
    if every is not None:
        answer = _ended(desk, entry_id, every)
    entry = answer["entry"]
    failed = entry["state"] == "dead" and every is not None
    if desk.out.as_json:
        desk.out.document(answer)
    elif failed:
        desk.out.line(
            f"{entry_id} failed again: {entry.get('error_message') or 'see prosa dlq show ' + entry_id}", "red"
        )
    else:
        desk.out.line(f"{entry_id} {entry['state']}. Its history: prosa dlq show {entry_id}")
    return ExitCode.SOME_FAILED if failed else ExitCode.DONE


def _ended(desk: Desk, entry_id: str, every: float) -> Any:
    while True:
        answer = desk.api.get(entry_path(entry_id))
        if answer["entry"]["state"] != "replaying":
            return answer
        time.sleep(max(0.05, every))


def _replay_many(
    desk: Desk, which: Chosen, pace: dict[str, Any], *, dry_run: bool, yes: bool, every: float | None
) -> int:
    plan = desk.api.post("/api/dlq/replays", {**which.body(), **pace, "dry_run": True})
    if dry_run or plan["count"] == 0:
        _show_dry_run(desk, plan, dry_run=dry_run)
        return ExitCode.DONE
    confirm(desk.out, plan, "replay", yes=yes, piped=which.piped)
    answer = desk.api.post("/api/dlq/replays", {**which.body(), **pace, "plan_token": plan["plan_token"]})
    return _begun(desk, answer, every)


def _show_dry_run(desk: Desk, plan: dict[str, Any], *, dry_run: bool) -> None:
    if desk.out.as_json:
        desk.out.document(plan)
    elif plan["count"] == 0:
        desk.out.line("Nothing that is dead matches: nothing to replay.")
    else:
        show_plan(desk.out, plan)
        desk.out.note("Nothing was done (--dry-run)." if dry_run else "")


def _begun(desk: Desk, answer: dict[str, Any], every: float | None) -> int:
    job = answer["replay"]
    if every is not None:
        if not desk.out.as_json:
            desk.out.line(f"Job {job['id']}: {job['total']} entries.")
        return follow_job(desk, job["id"], every)
    if desk.out.as_json:
        desk.out.document(answer)
    else:
        desk.out.line(f"Job {job['id']} replays {job['total']}. Follow it: prosa dlq job {job['id']} --follow")
    return ExitCode.DONE
