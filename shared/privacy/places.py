"""Where a person is found that is not sorted by person, in SQL: conditions, to be used with `Traces.values()`."""

# By which name an event of an integration names its conversation.
_NAME = "coalesce({t}.payload ->> 'conversation_id', {t}.payload #>> '{body,conversation_id}')"
# An integration's small numbers are names only together with the source's own name.
_NAMED = """({name} = ANY (%(names)s::text[])
  OR EXISTS (SELECT FROM sources s WHERE s.clinic_id = {t}.clinic_id AND s.id = {t}.source_id
    AND s.name || ':' || {name} = ANY (%(names)s::text[]))
  OR regexp_replace(coalesce({t}.payload ->> 'phone', {t}.payload #>> '{body,phone}', ''), '[^0-9]', '', 'g')
    LIKE ANY (%(phones)s::text[])
  OR {t}.payload::text LIKE ANY (%(patterns)s::text[]))"""
_WORK = """({named} OR {t}.ordering_key = ANY (%(ordering_keys)s::text[])
  OR ({t}.message_type LIKE 'send.%%' AND {t}.payload ->> 'conversation_id' = ANY (%(own_ids)s::text[]))
  OR ({t}.ordering_key LIKE 'destination:%%' AND ARRAY[{t}.payload #>> '{data,conversation_id}',
    {t}.payload #>> '{data,conversationId}', {t}.payload #>> '{data,conversation,id}'] && %(own_ids)s::text[])
  OR encode({t}.raw, 'escape') LIKE ANY (%(patterns)s::text[])
  OR {t}.metadata::text LIKE ANY (%(patterns)s::text[]))"""
_BURIED = """({work} OR f.conversation_ref = ANY (%(names)s::text[]) OR f.conversation_ref LIKE ANY (%(patterns)s::text[])
  OR f.edited_payload::text LIKE ANY (%(patterns)s::text[]) OR f.error_message LIKE ANY (%(patterns)s::text[])
  OR f.headers::text LIKE ANY (%(patterns)s::text[]) OR f.attempts::text LIKE ANY (%(patterns)s::text[])
  OR f.history::text LIKE ANY (%(patterns)s::text[]))"""
_TOLD = """(o.channel = ANY (%(channels)s::text[]) OR o.event LIKE ANY (%(told)s::text[])
  OR o.event LIKE ANY (%(patterns)s::text[]))"""


def _of(table: str, condition: str) -> str:
    whole = condition.replace("{work}", _WORK).replace("{named}", _NAMED).replace("{name}", _NAME)
    return whole.replace("{t}", table)


# Each is about a table under its letter: q is message_queue, f failed_messages, e webhook_events, o outbox.
_PLACES = {
    "{QUEUED}": _of("q", _WORK),
    "{DEAD}": _of("f", _BURIED),
    "{KEPT_EVENT}": f"(e.payload IS NOT NULL AND {_of('e', _NAMED)})",
    "{TOLD}": _TOLD,
}


def with_places(statement: str) -> bytes:
    """The statement with each condition where its name stands."""
    for name, condition in _PLACES.items():
        statement = statement.replace(name, condition)
    return statement.encode()
