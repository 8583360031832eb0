"""The commands under `prosa`. The module of one is imported when it is called: nobody waits for the others'."""

from dataclasses import dataclass

from cyclopts import App, Group

OPERATING = Group("Operating (asks the API; your rights there count)", sort_key=1)
ADMINISTRATION = Group("Administration (of the installation, in its database)", sort_key=2)
SIGNING_IN = Group("Signing in", sort_key=3)

LOGIN = """Sign in to an API and keep the token, for you alone, until it expires.

The password is asked for, or read from stdin where that is no terminal.
It is not kept.
"""


@dataclass(frozen=True, slots=True)
class Branch:
    """A command, or several under one name, as `prosa --help` shows it without knowing more."""

    place: int
    name: str
    module: str
    group: Group
    help: str


BRANCHES = (
    Branch(
        1,
        "dlq",
        "dlq",
        OPERATING,
        "Dead letters: what could not be processed. Look, understand, replay, edit, discard.",
    ),
    Branch(2, "queue", "queue", OPERATING, "The queue: what waits, what is tried again, what is paused."),
    Branch(3, "audit", "audit_log", OPERATING, "Who did what, and when."),
    Branch(
        10,
        "sources",
        "sources",
        ADMINISTRATION,
        "Evolution instances and integrations: who may post webhooks, how they are trusted.",
    ),
    Branch(11, "clinics", "clinics", ADMINISTRATION, "Clinics, the tenants."),
    Branch(12, "users", "users", ADMINISTRATION, "People who sign in."),
    Branch(13, "tokens", "tokens", ADMINISTRATION, "Service tokens, with which integrations speak to the API."),
    Branch(
        13,
        "retention",
        "retention",
        ADMINISTRATION,
        "What clinics delete by itself after so many days; without a rule, nothing.",
    ),
    Branch(
        14,
        "trace",
        "trace",
        ADMINISTRATION,
        "Show everything that the database has of a correlation id, in the order of time: no payloads, no patient's words.",
    ),
    Branch(20, "login", "session", SIGNING_IN, LOGIN),
    Branch(21, "logout", "session", SIGNING_IN, "Forget the token that `prosa login` kept."),
)


def add_branches(app: App) -> None:
    """Put them under the root."""
    for branch in BRANCHES:
        path = f"services.cli.commands.{branch.module}:{branch.name}"
        app.command(path, name=branch.name, group=(branch.group,), help=branch.help, sort_key=branch.place)
