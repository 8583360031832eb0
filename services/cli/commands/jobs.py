"""`prosa dlq job …`: bulk replays that are under way or over."""

import sys
import time
from collections import deque
from typing import Annotated, Any
from urllib.parse import quote

from cyclopts import App, Parameter

from services.cli.commands.dead_letters import dlq
from services.cli.commands.examples import examples
from services.cli.desk import Desk, signed_in
from services.cli.failures import ExitCode
from services.cli.options import REMOTE, Remote
from services.cli.rest.patience import patiently
from services.cli.screen.jobs import OVER, measured_rate, outcome, processed, progress_line, show_job, show_jobs

RATE_OVER = 10  # looks that the shown rate is an average of
JobId = Annotated[str, Parameter(name="ID")]
Every = Annotated[float, Parameter(help="Seconds between two looks.")]

job = App(
    name="job",
    help="Bulk replays: `prosa dlq job ID` shows one.",
    help_epilogue=examples(
        "prosa dlq job list",
        "prosa dlq job 12 --follow",
        "prosa dlq job pause 12",
    ),
)
dlq.command(job)


@job.default
def job_(
    job_id: JobId,
    /,
    *,
    follow: Annotated[bool, Parameter(help="Until it is over; Ctrl-C leaves it running.")] = False,
    every: Every = 1.0,
    options: Remote = REMOTE,
) -> int:
    """Show a bulk replay, or follow it until it is over."""
    with signed_in(options) as desk:
        if follow:
            return follow_job(desk, job_id, every)
        return _show(desk, desk.api.get(job_path(job_id)))


@job.command(name="list", help_epilogue=examples("prosa dlq job list --json | jq '.replays[0]'"))
def list_(*, options: Remote = REMOTE) -> None:
    """List bulk replays, newest first."""
    with signed_in(options) as desk:
        answer = desk.api.get("/api/dlq/replays")
        if desk.out.as_json:
            desk.out.document(answer)
        elif answer["replays"]:
            show_jobs(desk.out, answer["replays"])
        else:
            desk.out.line("No bulk replay yet. `prosa dlq replay --since 2h --dry-run` shows what one would do.")


@job.command(help_epilogue=examples("prosa dlq job show 12"))
def show(job_id: JobId, /, *, options: Remote = REMOTE) -> int:
    """Show a bulk replay."""
    with signed_in(options) as desk:
        return _show(desk, desk.api.get(job_path(job_id)))


@job.command(help_epilogue=examples("prosa dlq job follow 12", "prosa dlq job follow 12 --json   # NDJSON"))
def follow(job_id: JobId, /, *, every: Every = 1.0, options: Remote = REMOTE) -> int:
    """Follow a bulk replay until it is over: counts, rate, time left. Ctrl-C leaves it running."""
    with signed_in(options) as desk:
        return follow_job(desk, job_id, every)


@job.command(help_epilogue=examples("prosa dlq job pause 12"))
def pause(job_id: JobId, /, *, options: Remote = REMOTE) -> int:
    """Pause a bulk replay; what is in a worker's hands comes to its end."""
    return _turn(job_id, "pause", options)


@job.command(help_epilogue=examples("prosa dlq job resume 12"))
def resume(job_id: JobId, /, *, options: Remote = REMOTE) -> int:
    """Let a paused bulk replay go on."""
    return _turn(job_id, "resume", options)


@job.command(help_epilogue=examples("prosa dlq job cancel 12"))
def cancel(job_id: JobId, /, *, options: Remote = REMOTE) -> int:
    """End a bulk replay; what it has not released stays dead."""
    return _turn(job_id, "cancel", options)


def job_path(job_id: str, *parts: str) -> str:
    """The path of a bulk replay."""
    return "/".join(["/api/dlq/replays", quote(job_id, safe=""), *parts])


def follow_job(desk: Desk, job_id: str, every: float) -> int:
    """Show a job's progress until it is over. An interruption leaves it running and says how to come back."""
    try:
        last = _followed(desk, job_id, every)
    except KeyboardInterrupt:
        if desk.out.live:
            sys.stdout.write("\n")  # below the line of progress
        desk.out.note(
            f"The replay goes on. Come back: prosa dlq job {job_id} --follow   End it: prosa dlq job cancel {job_id}"
        )
        return ExitCode.INTERRUPTED
    if not desk.out.as_json and last.get("failed"):
        desk.out.note(f"{last['failed']} failed and are dead again: prosa dlq list --state dead")
    return outcome(last)


def _followed(desk: Desk, job_id: str, every: float) -> dict[str, Any]:
    looks: deque[tuple[float, int]] = deque(maxlen=RATE_OVER)
    shown = ""

    def look() -> Any:
        return desk.api.get(job_path(job_id))

    while True:
        # The first look tells whether there is such a job; the others outlive a restart, as the job does.
        current = _replay(patiently(look, desk.out.note, every) if looks else look())
        at, ended = time.monotonic(), processed(current)
        rate = measured_rate(looks[0] if looks else None, at, ended)
        looks.append((at, ended))
        shown = _tell(desk, current, rate, shown)
        if current["state"] in OVER:
            return current
        time.sleep(max(0.05, every))


def _tell(desk: Desk, current: dict[str, Any], rate: float | None, before: str) -> str:
    """On a terminal one line that is rewritten, elsewhere a line for each change."""
    if desk.out.as_json:
        desk.out.document({**current, "measured_rate": rate}, compact=True)
        return ""
    line = progress_line(current, rate)
    if desk.out.live:
        end = "\n" if current["state"] in OVER else ""
        sys.stdout.write(f"\r\x1b[K{line}{end}")
    elif line != before:
        sys.stdout.write(f"{line}\n")
    sys.stdout.flush()
    return line


def _turn(job_id: str, verb: str, options: Remote) -> int:
    with signed_in(options) as desk:
        return _show(desk, desk.api.post(job_path(job_id, verb)))


def _show(desk: Desk, answer: Any) -> int:
    if desk.out.as_json:
        desk.out.document(answer)
    else:
        show_job(desk.out, _replay(answer))
    return ExitCode.DONE


def _replay(answer: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = answer.get("replay", answer)
    return found
