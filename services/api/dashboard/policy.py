"""What the page may do: its content security policy, and where it finds the realtime gateway."""

import re
from dataclasses import dataclass
from urllib.parse import urlsplit

HOST = re.compile(r"[A-Za-z0-9.-]+|\[[0-9A-Fa-f:.]+\]")
SOCKET_SCHEMES = {"http": "ws", "https": "wss"}


@dataclass(frozen=True, slots=True)
class Gateway:
    """The gateway's two addresses as origins, as a browser reaches them."""

    sockets: str
    requests: str


def checked_web_address(value: str) -> str:
    """An http(s) address of a host, or nothing; raises ValueError."""
    url = urlsplit(value)
    if value and (
        url.scheme not in SOCKET_SCHEMES or not HOST.fullmatch(_name(url.netloc)) or url.path not in ("", "/")
    ):
        raise ValueError("must be http(s)://host[:port]")
    return value


def gateway_of(public_url: str, page_host: str, socket_port: int, request_port: int) -> Gateway | None:
    """Where the gateway is: where the setting says, or else on the page's own host, at the gateway's ports.

    `page_host` is what the client wrote into its request, so it counts only where it is a host's name and nothing more.
    """
    if public_url:
        url = urlsplit(public_url)
        return Gateway(f"{SOCKET_SCHEMES[url.scheme]}://{url.netloc}", f"{url.scheme}://{url.netloc}")
    name = _name(page_host)
    if not HOST.fullmatch(name):
        return None
    return Gateway(f"ws://{name}:{socket_port}", f"http://{name}:{request_port}")


def _name(host: str) -> str:
    return re.sub(r":\d{1,5}$", "", host)


def content_security_policy(gateway: Gateway | None) -> str:
    """Nothing but the page's own files, files that it was given as bytes, the API and the gateway."""
    connect = ["'self'", *((gateway.sockets, gateway.requests) if gateway else ())]
    return "; ".join(
        [
            "default-src 'none'",
            "script-src 'self'",
            "style-src 'self'",
            "img-src 'self' blob: data:",
            "media-src 'self' blob:",
            "font-src 'self'",
            "manifest-src 'self'",
            "worker-src 'self'",
            f"connect-src {' '.join(dict.fromkeys(connect))}",
            "base-uri 'none'",
            "form-action 'none'",
            "frame-ancestors 'none'",
        ]
    )
