"""Calls every endpoint of the route table with another clinic's ids.

A new endpoint needs a line here where its path has a new parameter, or its body a new model; the walk fails without it.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, LiteralString

from psycopg.rows import DictRow
from psycopg.sql import SQL, Identifier

from services.api.endpoint import Endpoint
from services.api.models import (
    actions,
    canned_replies,
    contacts,
    conversations,
    dead_letters,
    desk,
    destinations,
    issues,
    labels,
    messages,
    operations,
    persons,
    retention,
    search,
    service_tokens,
    sources,
    users,
)
from services.api.routes import ENDPOINTS
from tests.integration.api.client import Answer, Caller
from tests.integration.api.factories import Owner
from tests.integration.api.tenant_tables import tenant_tables

REASON = "uma razão"


@dataclass(frozen=True, slots=True)
class Ids:
    """The ids of one of everything in a clinic."""

    owner: Owner
    clinic_id: int
    conversation: DictRow

    def one(self, table: LiteralString, column: LiteralString = "id") -> str:
        """That of the oldest row of a table."""
        return self._ordered(table, column)[0]

    def last(self, table: LiteralString) -> str:
        """That of its youngest row."""
        return self._ordered(table, "id")[-1]

    def _ordered(self, table: LiteralString, column: LiteralString) -> list[str]:
        statement = SQL("SELECT {column} AS id FROM {table} WHERE clinic_id = %s ORDER BY {column}")
        rows = self.owner.execute(
            statement.format(column=Identifier(column), table=Identifier(table)), [self.clinic_id]
        ).fetchall()
        return [str(row["id"]) for row in rows]


# A path's parameter, with what stands before it, and real ids for it: one line each.
PATH_PARAMETERS: dict[str, Callable[[Ids], list[str]]] = {
    "conversations-simple/{conversation_id}": lambda of: [
        str(of.conversation["id"]),
        of.conversation["external_id"],
    ],
    "contacts/{contact_id}": lambda of: [of.one("contacts")],
    "canned-replies/{reply_id}": lambda of: [of.one("canned_replies")],
    "labels/{label_id}": lambda of: [of.one("labels")],
    "messages/{message_id}": lambda of: [of.one("messages")],
    "attachments/{attachment_id}": lambda of: [of.one("message_attachments")],
    "dlq/{id}": lambda of: [of.one("failed_messages")],
    "issues/{fingerprint}": lambda of: [of.one("dead_letter_issues", "fingerprint")],
    "sources/{source_id}": lambda of: [of.one("sources")],
    "replays/{replay_id}": lambda of: [of.one("replays")],
    "messages/{id}": lambda of: [of.one("message_queue")],
    "users/{user_id}": lambda of: [of.one("users")],
    "service-tokens/{token_id}": lambda of: [of.one("service_tokens")],
    "webhook-destinations/{destination_id}": lambda of: [of.one("webhook_destinations")],
}

# A body's model, and one that is valid and names things of that clinic wherever it can: one line each.
BODIES: dict[type, Callable[[Ids], dict[str, Any]]] = {
    conversations.ChangeBody: lambda _of: {"status": "archived"},
    contacts.ContactBody: lambda _of: {"name": "Outro Nome"},
    contacts.MergeBody: lambda of: {"contact_id": of.last("contacts")},
    persons.ErasureBody: lambda _of: {"reason": REASON, "dry_run": True},
    retention.RetentionBody: lambda _of: {"messages": 400, "reads": None, "dry_run": False},
    persons.PersonReasonBody: lambda _of: {"reason": REASON},
    conversations.TransferBody: lambda of: {"to_user_id": of.one("users")},
    messages.SendMessageBody: lambda _of: {"content": "Bom dia"},
    actions.ActionBody: lambda _of: {"action_type": "appointment_created", "action_data": {"at": "2026-07-01T14:30"}},
    canned_replies.NewCannedReply: lambda _of: {"shortcut": "novo", "content": "Olá"},
    canned_replies.CannedReplyChange: lambda _of: {"content": "Outro texto"},
    labels.NewLabel: lambda _of: {"name": "Retorno", "colour": "#00ff00"},
    labels.LabelChange: lambda _of: {"colour": "#0000ff"},
    desk.BulkBody: lambda of: {
        "ids": [str(of.conversation["id"]), of.conversation["external_id"]],
        "changes": {"status": "archived"},
    },
    messages.NoteBody: lambda _of: {"content": "Ligar amanhã"},
    messages.EditMessageBody: lambda _of: {"content": "Boa tarde"},
    messages.ReactionBody: lambda _of: {"emoji": "👍"},
    messages.ReadBody: lambda of: {"message_id": of.one("messages")},
    messages.TypingBody: lambda _of: {"typing": True},
    dead_letters.ReasonBody: lambda _of: {"reason": REASON},
    dead_letters.ReplayBody: lambda _of: {},
    dead_letters.EditBody: lambda _of: {"payload": {"a": 1}, "reason": REASON},
    dead_letters.DiscardsBody: lambda of: {"ids": [of.one("failed_messages")], "reason": REASON},
    dead_letters.ReplaysBody: lambda of: {"ids": [of.one("failed_messages")]},
    service_tokens.ServiceTokenBody: lambda _of: {"name": "n8n", "scopes": ["messages:send"]},
    service_tokens.ServiceTokenRotationBody: lambda _of: {},
    sources.SourceBody: lambda _of: {"kind": "n8n", "name": "agenda"},
    sources.RotateBody: lambda _of: {"overlap_seconds": 60},
    sources.SourceChangeBody: lambda _of: {"rate_per_second": 7},
    users.UserBody: lambda _of: {"email": "nova@demo.test", "name": "Nova", "role": "agent"},
    users.UserChangeBody: lambda _of: {"name": "Outro Nome"},
    users.PasswordBody: lambda _of: {},
    issues.IssueBody: lambda _of: {"note": "vista"},
    destinations.DestinationBody: lambda _of: {
        "name": "n8n",
        "url": "https://n8n.example/webhook/b",
        "events": ["message.created"],
    },
    destinations.DestinationChangeBody: lambda _of: {"name": "outro n8n"},
    destinations.RotationBody: lambda _of: {},
    operations.PauseBody: lambda of: {"source_id": of.one("sources"), "kind": "sends", "reason": REASON},
}

# Queries that must name something, or may name something of that clinic. Others are asked without one.
QUERIES: dict[type, Callable[[Ids], dict[str, str]]] = {
    conversations.ConversationQuery: lambda of: {"assigned_to": of.one("users"), "label": of.one("labels")},
    messages.MessageQuery: lambda of: {"before": of.one("messages")},
    canned_replies.RenderQuery: lambda of: {"conversation_id": str(of.conversation["id"])},
    search.SearchQuery: lambda _of: {"q": "preciso"},
    persons.PersonReasonQuery: lambda _of: {"reason": REASON},
    persons.ErasureQuery: lambda of: {"contact_id": of.one("contacts")},
    operations.PauseQuery: lambda of: {"source_id": of.one("sources"), "kind": "sends"},
    operations.AuditQuery: lambda _of: {"subject_type": "y", "subject_id": "z"},
    dead_letters.DeadLetterQuery: lambda of: {"source_id": of.one("sources")},
}


@dataclass(frozen=True, slots=True)
class Call:
    """One request of the walk."""

    endpoint: Endpoint
    path: str
    options: Mapping[str, Any]

    async def by(self, caller: Caller) -> Answer:
        return await caller.call(self.endpoint.method, self.path, **self.options)

    def __str__(self) -> str:
        return f"{self.endpoint.method} {self.path} {self.options}"


def walk(of: Ids) -> Iterator[Call]:
    """Each endpoint that needs a token, with each kind of id; what deletes comes last."""
    for endpoint in sorted(ENDPOINTS, key=lambda endpoint: endpoint.method == "DELETE"):
        if not endpoint.public:
            for path in paths(endpoint.path, of):
                yield Call(endpoint, path, options(endpoint, of))


def paths(pattern: str, of: Ids) -> list[str]:
    """The pattern with real ids in it. Raises where a parameter is not in the table."""
    found = re.search(r"([^/]+/\{[^}]+\})", pattern)
    if found is None:
        return [pattern]
    before, after = pattern[: found.start()], pattern[found.end() :]
    segment, _, _ = found[1].partition("/")
    assert found[1] in PATH_PARAMETERS, f"PATH_PARAMETERS has no ids for {found[1]!r}, a parameter of {pattern}"
    return [f"{before}{segment}/{value}{rest}" for value in PATH_PARAMETERS[found[1]](of) for rest in paths(after, of)]


def options(endpoint: Endpoint, of: Ids) -> dict[str, Any]:
    """Body, query and headers with which the endpoint gets as far as looking for what the path names."""
    found: dict[str, Any] = {"headers": {"If-Match": '"1"'}} if endpoint.method in ("PATCH", "PUT") else {}
    if endpoint.body is not None:
        assert endpoint.body in BODIES, f"BODIES has no valid {endpoint.body.__name__}"
        found["json"] = BODIES[endpoint.body](of)
    elif endpoint.takes_file:
        found |= {"data": b"um arquivo", "headers": {"X-File-Name": "a.txt"}}
    if endpoint.query in QUERIES:
        found["params"] = QUERIES[endpoint.query](of)
    return found


_TELLING = ("uuid", "name", "email", "phone", "content", "external_id", "fingerprint", "display_name", "title")


def marks(owner: Owner, clinic_id: int) -> set[str]:
    """What nobody else has: every uuid of a clinic, and names and words longer than those of other clinics' rows."""
    found: set[str] = set()
    for table in tenant_tables(owner):
        if table == "clinics":
            continue
        for row in owner.execute(
            SQL("SELECT to_jsonb(t) AS row FROM {} t WHERE clinic_id = %s").format(Identifier(table)), [clinic_id]
        ):
            found |= {
                value
                for column, value in row["row"].items()
                if isinstance(value, str)
                and len(value) > 5
                and (column in _TELLING or re.fullmatch(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", value))
            }
    return found


def everything(owner: Owner, clinic_id: int) -> dict[str, str]:
    """A clinic's rows, table by table, so that it shows when anything of it was touched."""
    found = {}
    for table in tenant_tables(owner):
        column = "id" if table == "clinics" else "clinic_id"
        statement = SQL("SELECT string_agg(t::text, E'\\n' ORDER BY t::text) AS rows FROM {} t WHERE {} = %s")
        [row] = owner.execute(statement.format(Identifier(table), Identifier(column)), [clinic_id]).fetchall()
        found[table] = row["rows"]
    return found
