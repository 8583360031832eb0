"""What a day came to, in a few lines. Pure."""

from collections import Counter
from collections.abc import Sequence
from math import ceil

from deploy.demo.endpoints import Endpoints
from deploy.demo.ledger import Effect, Ledger
from deploy.demo.outcome import Outcome

_ORDER = ("read", "delivered", "sent", "pending", "failed", "missing", "unknown")


def summary(outcome: Outcome, receipts: Counter[str]) -> list[str]:
    """The figures. `receipts` are the stand-in's own webhooks by how they ended."""
    ledger = outcome.ledger
    return [
        f"webhooks   {_webhooks(ledger)}",
        f"receipts   {receipts.total()} posted by the stand-in, {receipts['accepted']} accepted",
        f"messages   {_messages(outcome)}",
        f"replies    {_replies(outcome)}",
        f"live       {_live(ledger.latencies)}",
        f"queue      {outcome.waiting} waiting, {outcome.new_dead} new dead letters",
    ]


def next_steps(endpoints: Endpoints) -> list[str]:
    """What to look at now."""
    places = {
        f"{endpoints.api}/": "what the API is (log in as ana@demo.test with the password prosa-demo)",
        f"{endpoints.api}/api/openapi.json": "the API",
        f"{endpoints.worker}/metrics": "what the worker counted",
        "make logs": "what the services said",
        "make demo ARGS=--keep": "another day, after which replies are sent too",
    }
    width = max(map(len, places))
    return [f"{place:<{width}}  {what}" for place, what in places.items()]


def percentile(values: Sequence[float], share: float) -> float:
    """The value that this share of the values does not exceed (nearest rank)."""
    return sorted(values)[max(1, ceil(share * len(values))) - 1]


def _webhooks(ledger: Ledger) -> str:
    accepted = sum(posting.delivery.accepted for posting in ledger.postings)
    repeated = sum(posting.repeated for posting in ledger.postings)
    retried = sum(posting.delivery.attempts > 1 for posting in ledger.postings)
    return (
        f"{len(ledger.postings)} posted, {accepted} accepted (200); {repeated} were duplicates, "
        f"{ledger.overtaken} out of order, {retried} needed another attempt"
    )


def _messages(outcome: Outcome) -> str:
    found = _found(outcome, "message")
    actions = _found(outcome, "action")
    return f"{found} patients' and assistant's, {actions} actions and {len(outcome.ledger.replies)} replies in the API"


def _found(outcome: Outcome, kind: str) -> int:
    promised: set[Effect] = {effect for effect in outcome.ledger.promised if effect.kind == kind}
    return sum(outcome.found[effect] for effect in promised)


def _replies(outcome: Outcome) -> str:
    ledger = outcome.ledger
    shown, reported = _listed(outcome.shown_statuses()), _listed(outcome.reported_statuses())
    repeated = f", {ledger.repeated_requests} requested twice" if ledger.repeated_requests else ""
    return f"{len(ledger.replies)}{repeated}; the API shows {shown}; WhatsApp reported {reported}"


def _listed(statuses: Counter[str]) -> str:
    return ", ".join(f"{statuses[name]} {name}" for name in _ORDER if statuses[name]) or "none"


def _live(latencies: Sequence[float]) -> str:
    if not latencies:
        return "no message came over Ana's socket"
    median, slowest = (percentile(latencies, share) * 1000 for share in (0.5, 0.99))
    return f"POST to WebSocket frame: median {median:.1f} ms, p99 {slowest:.1f} ms, of {len(latencies)} messages"
