"""Messages that are neither text nor file: places, people, polls, albums, orders, events. Shown as what they name."""

from collections.abc import Mapping
from math import isfinite
from typing import Any

from services.queue_worker.interpretation.fields import count, first, mapping, present, prose, sequence, text
from services.queue_worker.interpretation.spoken import Content, Spoken
from services.queue_worker.interpretation.timestamps import unix_time

_VCARD_LIMIT = 8_192
_URL_LIMIT = 2_048
_AMOUNT_LIMIT = 2**63


def location(spoken: Spoken) -> Content:
    """A place: `name, address (latitude, longitude)`, as much of it as is known."""
    body = spoken.body
    point = (_degrees(body.get("degreesLatitude")), _degrees(body.get("degreesLongitude")))
    label = ", ".join(part for part in _labels(body) if part)
    metadata = present(
        latitude=point[0],
        longitude=point[1],
        url=text(body.get("url"), _URL_LIMIT),
        live=True if spoken.kind == "liveLocationMessage" else None,
    )
    return Content("location", _placed(label, point), metadata)


def contact(spoken: Spoken) -> Content:
    """One person's card, or several: their names; the cards themselves in the metadata."""
    cards = [mapping(card) for card in sequence(spoken.body.get("contacts"))] or [spoken.body]
    names = [name for card in cards if (name := text(card.get("displayName")))]
    vcards = [vcard for card in cards if (vcard := text(card.get("vcard"), _VCARD_LIMIT))]
    return Content("contact", ", ".join(names) or prose(spoken.body.get("displayName")), present(vcards=vcards or None))


def poll(spoken: Spoken) -> Content:
    """A question; its possible answers in the metadata."""
    options = [text(mapping(option).get("optionName")) for option in sequence(spoken.body.get("options"))]
    metadata = present(
        options=[option for option in options if option],
        selectable=count(spoken.body.get("selectableOptionsCount")),
    )
    return Content("poll", prose(spoken.body.get("name")), metadata)


def album(spoken: Spoken) -> Content:
    """The announcement of pictures that follow as messages of their own."""
    metadata = present(
        images=count(spoken.body.get("expectedImageCount")),
        videos=count(spoken.body.get("expectedVideoCount")),
    )
    return Content("album", metadata=metadata)


def order(spoken: Spoken) -> Content:
    """An order from the catalogue. Amounts are in thousandths, as WhatsApp counts them."""
    body = spoken.body
    metadata = present(
        order_id=text(body.get("orderId")),
        items=count(body.get("itemCount")),
        amount_1000=count(body.get("totalAmount1000"), _AMOUNT_LIMIT),
        currency=text(body.get("totalCurrencyCode"), 3),
    )
    return Content("order", first([text(body.get("message"), 4_096), text(body.get("orderTitle"))]) or "", metadata)


def product(spoken: Spoken) -> Content:
    """A product of the catalogue that is being asked about."""
    item = mapping(spoken.body.get("product"))
    metadata = present(
        product_id=text(item.get("productId")),
        description=text(item.get("description"), 4_096),
        amount_1000=count(item.get("priceAmount1000"), _AMOUNT_LIMIT),
        currency=text(item.get("currencyCode"), 3),
    )
    return Content("order", first([text(item.get("title")), text(spoken.body.get("body"), 4_096)]) or "", metadata)


def occasion(spoken: Spoken) -> Content:
    """An event people are invited to."""
    starts_at = unix_time(spoken.body.get("startTime"))
    metadata = present(
        description=text(spoken.body.get("description"), 4_096),
        starts_at=starts_at.isoformat() if starts_at else None,
        place=first(_labels(mapping(spoken.body.get("location")))),
        canceled=True if spoken.body.get("isCanceled") is True else None,
    )
    return Content("event", prose(spoken.body.get("name")), metadata)


def _labels(place: Mapping[str, Any]) -> list[str | None]:
    return [text(place.get("name")), text(place.get("address")), text(place.get("caption"))]


def _degrees(value: Any) -> float | None:
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return value if is_number and isfinite(value) and abs(value) <= 360 else None  # noqa: PLR2004 - a full turn


def _placed(label: str, point: tuple[float | None, float | None]) -> str:
    if None in point:
        return label
    return f"{label} ({point[0]}, {point[1]})" if label else f"{point[0]}, {point[1]}"
