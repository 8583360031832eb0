"""Bulk replays as people read them. Pure but for the output."""

from collections.abc import Mapping, Sequence
from typing import Any

from services.cli.failures import ExitCode
from services.cli.screen.entries import person
from services.cli.screen.output import Output
from services.cli.screen.tables import Column
from services.cli.screen.times import ago, span

OVER = frozenset({"cancelled", "stopped", "done"})

Job = Mapping[str, Any]


def processed(job: Job) -> int:
    """Entries whose end is known."""
    return sum(int(job.get(name) or 0) for name in ("succeeded", "failed", "skipped"))


def outcome(job: Job) -> ExitCode:
    """How a command ends that waited for the job's end."""
    if job["state"] == "done":
        return ExitCode.SOME_FAILED if job.get("failed") else ExitCode.DONE
    return ExitCode.SOME_FAILED if job["state"] == "stopped" else ExitCode.FAILED


def progress_line(job: Job, rate: float | None) -> str:
    """`running  120/400 30%  118 ok  1 failed  1 skipped  19.8/s  14 s left`."""
    total, ended = int(job.get("total") or 0), processed(job)
    share = f"{100 * ended // total}%" if total else "0%"
    parts = [
        str(job["state"]),
        f"{ended}/{total} {share}",
        f"{job.get('succeeded', 0)} ok",
        f"{job.get('failed', 0)} failed",
        f"{job.get('skipped', 0)} skipped",
    ]
    if job["state"] == "running" and rate:
        parts += [f"{rate:.1f}/s", f"{span((total - ended) / rate)} left"]
    return "  ".join(parts)


def measured_rate(before: tuple[float, int] | None, at: float, ended: int) -> float | None:
    """Entries a second since an earlier look, which is its time in seconds and its count."""
    if before is None or at <= before[0] or ended <= before[1]:
        return None
    return (ended - before[1]) / (at - before[0])


def show_job(out: Output, job: Job) -> None:
    """All that is known of a job."""
    now = out.now()
    out.facts(
        [
            ("job", job["id"]),
            ("state", job["state"]),
            ("entries", f"{job.get('total', 0)}: {progress_line(job, None).split('  ', 2)[-1]}"),
            ("rate", f"{job['rate']:g}/s" if job.get("rate") else None),
            ("stops after", f"{job['max_failures']} failures" if job.get("max_failures") else None),
            ("created", f"{ago(job.get('created_at'), now)} by {person(job.get('created_by') or '-')}"),
            ("starts", ago(job["start_at"], now) if job.get("start_at") and not job.get("started_at") else None),
            ("started", ago(job["started_at"], now) if job.get("started_at") else None),
            ("finished", ago(job["finished_at"], now) if job.get("finished_at") else None),
            ("filter", " ".join(f"{name}={value}" for name, value in (job.get("filter") or {}).items()) or None),
        ]
    )


def show_jobs(out: Output, jobs: Sequence[Job]) -> None:
    """A table of jobs."""
    columns = (
        Column("JOB"),
        Column("STATE"),
        Column("ENDED", right=True),
        Column("TOTAL", right=True),
        Column("FAILED", right=True, drop=2),
        Column("CREATED", drop=1),
        Column("BY", flexible=True, drop=3),
    )
    rows = [
        [
            job["id"],
            job["state"],
            processed(job),
            job.get("total", "-"),
            job.get("failed", "-"),
            ago(job.get("created_at"), out.now()),
            person(job.get("created_by") or "-"),
        ]
        for job in jobs
    ]
    out.table(columns, rows)
