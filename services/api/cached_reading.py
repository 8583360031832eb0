"""Lists, details and contacts from the cache, where it may be believed; else from the database."""

import asyncio
import time
from collections.abc import Mapping
from typing import Any

import orjson

from services.api.cache.cache import Answer, Cache, Read, Reading
from services.api.cache.entries import Entry
from services.api.cache.kinds import CONVERSATION_DETAILS, CONVERSATIONS, MISSING_SECONDS, PATIENT_DATA
from services.api.cache.link import AwayError
from services.api.cache.memory import Place
from services.api.cache.neighbours import Neighbours
from services.api.cache.scope import Scope
from services.api.cached_sessions import CachedSessions
from services.api.contacts import contact_detail, read_contact
from services.api.models.conversations import ConversationQuery
from services.api.problems import ProblemError, conversation_not_found
from services.api.reader import Reader
from services.api.reading import (
    conversation_filter,
    conversation_reference,
    detail,
    list_page,
    read_detail,
    read_list,
)
from services.api.references import ConversationReference, parse_id
from services.api.stores.conversations import ConversationFilter, find_conversation_id
from shared.auth.tokens import Claims
from shared.db.pool import Pool
from shared.events.cached import conversations_key, detail_key, patient_key
from shared.events.live import encode_json

NOT_FOUND = 404
# A name that leads to an id, that to what it was merged into, that to an answer.
MOST_STEPS = 4


class CachedReading:
    """Bodies of answers. Sessions are checked for each request, whatever is at hand."""

    def __init__(self, pool: Pool, reader: Reader, cache: Cache, scope: Scope, *, enabled: bool) -> None:
        self._reader = reader
        self._cache = cache
        self._scope = scope
        self._enabled = enabled
        self._sessions = CachedSessions(pool, cache, scope)
        self.neighbours = Neighbours()

    @property
    def ready(self) -> bool:
        """Whether it is known which database is read: before that nothing is kept."""
        return self._scope.known

    @property
    def in_use(self) -> bool:
        """Whether answers come from the cache just now."""
        link = self._cache.link
        return self._enabled and self.ready and link.usable and link.breaker_state() == "closed"

    async def conversation_list(self, claims: Claims, query: ConversationQuery) -> bytes:
        """A page of the clinic's conversations. Cached are first pages: what people look at all day."""
        if self._enabled and query.cursor is None:
            try:
                return await self._cached_list(claims, query)
            except AwayError:
                pass
        return encode_json(await read_list(self._reader, claims, query))

    async def conversation_detail(self, claims: Claims, reference_text: str) -> bytes:
        """A conversation with its latest messages. Raises ProblemError (404)."""
        reference = conversation_reference(reference_text)
        if self._enabled:
            try:
                return await self._cached_detail(claims, reference)
            except AwayError:
                pass
        return encode_json(await read_detail(self._reader, claims, reference_text))

    async def contact_detail(self, claims: Claims, contact: str) -> bytes:
        """A contact and the names under which it is known. Raises ProblemError (404)."""
        if self._enabled and parse_id(contact):
            try:
                place = Place(patient_key(contact), self._scope.field(claims.clinic_id))
                read = self._contact_reader(claims.clinic_id, contact)
                return (await self._allowed(claims, self._cache.get(PATIENT_DATA, place, read))).entry.data
            except AwayError:
                pass
        return encode_json(await read_contact(self._reader, claims, contact))

    async def prepare_list(self, clinic_id: int, chosen: ConversationFilter, limit: int) -> bool:
        """Have a list at hand; whether it had to be read."""
        place = self._list_place(clinic_id, chosen, limit)
        read = await self._cache.prepare(CONVERSATIONS, place, self._list_reader(clinic_id, chosen, limit))
        if not read and (held := self._cache.memory.find(place, time.monotonic())):
            self._note_order(clinic_id, orjson.loads(held.entry.data))
        return read

    async def prepare_detail(self, clinic_id: int, conversation_id: str) -> bool:
        """Have a conversation at hand; whether it had to be read."""
        reference = conversation_reference(conversation_id)
        place = Place(detail_key(conversation_id), self._scope.field(clinic_id))
        return await self._cache.prepare(CONVERSATION_DETAILS, place, self._detail_reader(clinic_id, reference))

    async def _cached_list(self, claims: Claims, query: ConversationQuery) -> bytes:
        chosen = conversation_filter(query, claims)
        place = self._list_place(claims.clinic_id, chosen, query.limit)
        read = self._list_reader(claims.clinic_id, chosen, query.limit)
        answer = await self._allowed(claims, self._cache.get(CONVERSATIONS, place, read))
        self.neighbours.hot(claims.clinic_id, chosen, query.limit)
        if answer.source in ("redis", "waited"):
            self._note_order(claims.clinic_id, orjson.loads(answer.entry.data))
        return answer.entry.data

    async def _cached_detail(self, claims: Claims, reference: ConversationReference) -> bytes:
        name = reference.external_id
        answer = await self._allowed(claims, self._detail(claims.clinic_id, name))
        for _ in range(MOST_STEPS):
            match answer.entry.form:
                case "body":
                    self.neighbours.opened(claims.clinic_id, name)
                    return answer.entry.data
                case "alias":
                    name = answer.entry.data.decode()
                case "missing" if await self._is_missing(claims.clinic_id, answer):
                    raise conversation_not_found()
                case "missing":
                    await self._cache.drop([detail_key(name)])
            answer = await self._detail(claims.clinic_id, name)
        raise AwayError

    async def _allowed(self, claims: Claims, asked: Any) -> Answer:
        """The answer, where the session goes on: both are asked for in one round trip."""
        _, answer = await asyncio.gather(self._sessions.check(claims), asked)
        return answer  # type: ignore[no-any-return]

    async def _detail(self, clinic_id: int, name: str) -> Answer:
        read = self._detail_reader(clinic_id, conversation_reference(name))
        return await self._cache.get(CONVERSATION_DETAILS, Place(detail_key(name), self._scope.field(clinic_id)), read)

    async def _is_missing(self, clinic_id: int, answer: Answer) -> bool:
        """Whether nothing has changed in the clinic's lists since there was no such conversation."""
        if answer.source == "database":
            return True
        return await self._cache.is_current(conversations_key(clinic_id), answer.entry.data)

    def _list_place(self, clinic_id: int, chosen: ConversationFilter, limit: int) -> Place:
        assigned = "none" if chosen.unassigned else chosen.assigned_to or ""
        variant = f"{chosen.status or ''}:{chosen.priority or ''}:{assigned}:{chosen.label_id or ''}:{limit}"
        return Place(conversations_key(clinic_id), self._scope.field(clinic_id, variant))

    def _list_reader(self, clinic_id: int, chosen: ConversationFilter, limit: int) -> Read:
        async def read() -> Reading:
            page = await self._reader.read(
                clinic_id, lambda connection: list_page(connection, clinic_id, chosen, limit)
            )
            self._note_order(clinic_id, page)
            body = Entry("body", encode_json(page))
            return Reading(body, body)

        return read

    def _detail_reader(self, clinic_id: int, reference: ConversationReference) -> Read:
        async def read() -> Reading:
            try:
                found = await self._reader.read(clinic_id, lambda connection: detail(connection, clinic_id, reference))
            except ProblemError as problem:
                if problem.status != NOT_FOUND:
                    raise
                return await self._missing(clinic_id, reference)
            body = Entry("body", encode_json(found))
            own_id = found["conversation"]["id"]
            # Under its own id alone: that is what events name.
            kept = body if own_id == reference.external_id else Entry("alias", own_id.encode())
            return Reading(body, kept)

        return read

    def _contact_reader(self, clinic_id: int, contact: str) -> Read:
        async def read() -> Reading:
            found = await self._reader.read(
                clinic_id, lambda connection: contact_detail(connection, clinic_id, contact)
            )
            body = Entry("body", encode_json(found))
            return Reading(body, body)

        return read

    async def _missing(self, clinic_id: int, reference: ConversationReference) -> Reading:
        """That there is none holds as long as the clinic's lists do: it is looked for again under their generation."""
        nothing = Entry("missing", b"")
        generation = await self._cache.generation(conversations_key(clinic_id))
        found = await self._reader.read(
            clinic_id, lambda connection: find_conversation_id(connection, clinic_id, reference)
        )
        if found is not None:
            return Reading(nothing, None)
        return Reading(nothing, Entry("missing", generation), MISSING_SECONDS)

    def _note_order(self, clinic_id: int, page: Mapping[str, Any]) -> None:
        self.neighbours.note(clinic_id, [conversation["id"] for conversation in page["conversations"]])
