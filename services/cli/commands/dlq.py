"""`prosa dlq` with all that is under it: each of these adds its own."""

from services.cli.commands import discarding, editing, issues, jobs, replaying
from services.cli.commands.dead_letters import dlq

__all__ = ["discarding", "dlq", "editing", "issues", "jobs", "replaying"]
