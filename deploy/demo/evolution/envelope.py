"""What Evolution puts around every event."""

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from deploy.demo.evolution.instances import Instance

Json = dict[str, Any]

# Operators run Evolution in their own time zone.
_SERVER_ZONE = ZoneInfo("America/Sao_Paulo")


def envelope(event: str, instance: Instance, data: Any, server_url: str, moment: datetime) -> Json:
    """An event as it is posted. `sender` is the connected number, whoever wrote."""
    return {
        "event": event,
        "instance": instance.name,
        "data": data,
        "destination": instance.webhook.url if instance.webhook else "",
        "date_time": wall_clock(moment),
        "sender": instance.jid,
        "server_url": server_url,
        "apikey": instance.token,
    }


def wall_clock(moment: datetime) -> str:
    """The server's local time with a `Z` that is not true, just as Evolution writes it."""
    local = moment.astimezone(_SERVER_ZONE).replace(tzinfo=None)
    return local.isoformat(timespec="milliseconds") + "Z"
