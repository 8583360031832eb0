"""Where the broker is: one address, or one for each node of its cluster."""

import re
from typing import Annotated

from pydantic import AfterValidator, ConfigDict, TypeAdapter, UrlConstraints
from pydantic_core import Url

# There are passwords in them.
_AMQP_URL: TypeAdapter[Url] = TypeAdapter(
    Annotated[Url, UrlConstraints(allowed_schemes=["amqp", "amqps"])], config=ConfigDict(hide_input_in_errors=True)
)
# A comma may also stand in a password.
_BETWEEN_URLS = re.compile(r"\s*,\s*(?=amqps?://)")


def broker_addresses(urls: str) -> tuple[str, ...]:
    """The URLs of a RABBITMQ_URL, which separates them by commas."""
    return tuple(_BETWEEN_URLS.split(urls.strip()))


def _checked(urls: str) -> str:
    for address in broker_addresses(urls):
        _AMQP_URL.validate_python(address)
    return urls


AmqpUrls = Annotated[str, AfterValidator(_checked)]
