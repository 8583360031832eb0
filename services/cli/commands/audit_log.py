"""`prosa audit` with all that is under it."""

from services.cli.commands import audit_chain
from services.cli.commands.audit import audit

__all__ = ["audit", "audit_chain"]
