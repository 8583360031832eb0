"""What a message refers to: the one it answers, the people it mentions, the ad it came by, that it was passed on."""

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from services.queue_worker.interpretation.fields import first, mapping, present, sequence, text

_JID_LIMIT = 128
_URL_LIMIT = 2_048


class Context(NamedTuple):
    """`reply_to` is the provider id of the message answered."""

    reply_to: str | None
    metadata: Mapping[str, Any]


def context_of(places: Iterable[Any]) -> Context:
    """The context, from every place where versions and channels put it; the first that says something wins."""
    contexts = [context for place in places if (context := mapping(place))]
    mentions = [jid for context in contexts for jid in _mentions(context)]
    forwarded = any(context.get("isForwarded") is True for context in contexts)
    return Context(
        reply_to=first(text(context.get("stanzaId")) for context in contexts),
        metadata=present(
            mentions=list(dict.fromkeys(mentions)) or None,
            forwarded=forwarded or None,
            ad=next((ad for context in contexts if (ad := _ad(context))), None),
            conversion_source=first(text(context.get("conversionSource")) for context in contexts),
        ),
    )


def _ad(context: Mapping[str, Any]) -> Mapping[str, Any]:
    # Whoever clicks an ad is often known by nothing but a LID, and what they clicked is all they have said so far.
    ad = mapping(context.get("externalAdReply"))
    return ad and present(
        title=text(ad.get("title")),
        body=text(ad.get("body"), 4_096),
        url=text(ad.get("sourceUrl"), _URL_LIMIT),
        source_type=text(ad.get("sourceType")),
        source_id=text(ad.get("sourceId")),
        click_id=text(ad.get("ctwaClid")),
    )


def _mentions(context: Mapping[str, Any]) -> list[str]:
    return [jid for value in sequence(context.get("mentionedJid")) if (jid := text(value, _JID_LIMIT))]
