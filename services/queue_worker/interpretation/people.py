"""Who people and groups are: contacts.*, chats.* and groups.*. None of them opens a conversation."""

from collections.abc import Mapping
from typing import Any

from services.queue_worker.facts import Address, ContactFact, Fact, Party
from services.queue_worker.interpretation import ignoring
from services.queue_worker.interpretation.addresses import group_address
from services.queue_worker.interpretation.chats import barred, place_of
from services.queue_worker.interpretation.fields import required_object, text
from services.queue_worker.interpretation.media import secure_url
from services.queue_worker.interpretation.names import usable_name
from services.queue_worker.interpretation.webhooks import Webhook

_JIDS = ("remoteJid", "id", "jid", "lid", "phoneNumber", "remoteJidAlt")


def contact(webhook: Webhook) -> tuple[Fact, ...]:
    """A name and a picture. v1 calls the JID `id` and the picture `profilePictureUrl`; the Cloud channel has no JID."""
    data = required_object(webhook.data, "data")
    if refused := barred(_jid(data), webhook.accepts):
        return (refused,)
    addresses = _addresses(webhook, data)
    if not addresses:
        return (ignoring.CONTACT_WITHOUT_ADDRESS,)
    name = _contact_name(webhook, data, addresses)
    picture = secure_url(data.get("profilePicUrl")) or secure_url(data.get("profilePictureUrl"))
    if name is None and picture is None and not _joins(addresses):
        return (ignoring.CONTACT_WITHOUT_NEWS,)
    return (ContactFact(Party(addresses, name), webhook.received_at, picture),)


def chat(webhook: Webhook) -> tuple[Fact, ...]:
    """A chat's name, where it says one. How many of its messages the phone has not shown is the phone's own matter."""
    data = required_object(webhook.data, "data")
    if refused := barred(_jid(data), webhook.accepts):
        return (refused,)
    addresses, name = _addresses(webhook, data), usable_name(data.get("name"))
    if not addresses or name is None:
        return (ignoring.CHAT_STATE,)
    return (ContactFact(Party(addresses, name), webhook.received_at),)


def group(webhook: Webhook) -> tuple[Fact, ...]:
    """A group's subject, which is its name."""
    data = required_object(webhook.data, "data")
    jid, subject = text(data.get("id")) or "", text(data.get("subject"))
    if refused := barred(jid, webhook.accepts):
        return (refused,)
    address = group_address(jid)
    if address is None or subject is None:
        return (ignoring.GROUP_WITHOUT_SUBJECT,)
    return (ContactFact(Party((address,), subject), webhook.received_at),)


def _jid(data: Mapping[str, Any]) -> Any:
    return data.get("remoteJid") if data.get("remoteJid") is not None else data.get("id")


def _addresses(webhook: Webhook, data: Mapping[str, Any]) -> tuple[Address, ...]:
    candidates = [data.get(name) for name in _JIDS]
    # Of ourselves there may be a card too: it is dropped only where somebody else's card names us beside them.
    return place_of(candidates, webhook.own_jid) or place_of(candidates[:2], None)


def _contact_name(webhook: Webhook, data: Mapping[str, Any], addresses: tuple[Address, ...]) -> str | None:
    # Told of a single message the "name" of a group is its speaker's, and v1's may be our own: of those a list alone
    # is to be believed.
    person = addresses[0].kind in ("phone", "jid", "lid")
    believed = webhook.listed or (person and data.get("remoteJid") is not None)
    return usable_name(data.get("pushName") or data.get("name")) if believed else None


def _joins(addresses: tuple[Address, ...]) -> bool:
    kinds = {address.kind for address in addresses}
    return "lid" in kinds and len(kinds) > 1
