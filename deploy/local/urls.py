"""What the URL of a server says, without asking the server."""

import re
from urllib.parse import SplitResult, unquote, urlsplit

from deploy.local.probes import Probe, probe_port, probe_postgres, probe_rabbitmq, probe_redis
from deploy.local.problem import Problem

_DEFAULT_PORTS = {"postgres": 5432, "redis": 6379, "rabbitmq": 5672}
_DEFAULT_PATHS = {"postgres": "", "redis": "0", "rabbitmq": ""}
_PROBES = {"postgres": probe_postgres, "redis": probe_redis, "rabbitmq": probe_rabbitmq}
_AMQP_OVER_TLS = 5671
# RABBITMQ_URL may name each node of a cluster; a comma may also stand in a password.
_BETWEEN_URLS = re.compile(r"\s*,\s*(?=amqps?://)")


def same_server(one: str, other: str, kind: str) -> bool:
    """Whether two URLs lead to the same data."""
    return bool(_targets(one, kind) & _targets(other, kind))


def without_password(url: str) -> str:
    """A URL that may be shown."""
    return ",".join(_without_password(one) for one in _BETWEEN_URLS.split(url))


def probe_of(kind: str, url: str) -> Probe:
    """How a server named by a URL is asked; one behind TLS or a Unix socket less. One node of a cluster is enough."""
    probes = [_probe_of_one(kind, one) for one in _BETWEEN_URLS.split(url)]
    return lambda: None if None in (answers := [probe() for probe in probes]) else answers[0]


def _probe_of_one(kind: str, url: str) -> Probe:
    parts = urlsplit(url)
    host, port = parts.hostname, _port(parts, kind)
    if host is None:
        return lambda: None
    if parts.scheme in ("rediss", "amqps"):
        return lambda: probe_port(host, port)
    return lambda: _PROBES[kind](host, port)


def _without_password(url: str) -> str:
    parts = urlsplit(url)
    if parts.password is None:
        return url
    return parts._replace(netloc=parts.netloc.replace(f":{parts.password}@", ":***@")).geturl()


def _targets(urls: str, kind: str) -> set[tuple[str, int, str]]:
    return {_target(url, kind) for url in _BETWEEN_URLS.split(urls)}


def _target(url: str, kind: str) -> tuple[str, int, str]:
    parts = urlsplit(url)
    host = "127.0.0.1" if parts.hostname in ("localhost", "::1") else parts.hostname or ""
    return host, _port(parts, kind), unquote(parts.path).strip("/") or _DEFAULT_PATHS[kind]


def _port(parts: SplitResult, kind: str) -> int:
    try:
        return parts.port or (_AMQP_OVER_TLS if parts.scheme == "amqps" else _DEFAULT_PORTS[kind])
    except ValueError as error:
        raise Problem(f"The URL given for {kind} has no proper port: {error}", "Correct the URL.") from None
