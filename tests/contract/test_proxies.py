"""deploy/nginx and deploy/haproxy against what the gateway does: no proxy gives up before it, or refuses what it takes."""

import re

from services.queue_worker.settings import Settings as WorkerSettings
from services.realtime_gateway.polling.polls import FOLLOW_TIMEOUT_SECONDS
from services.realtime_gateway.polling.query import LONGEST_URL, LONGEST_WAIT_SECONDS
from services.realtime_gateway.settings import Settings as GatewaySettings
from services.webhook_receiver.settings import Settings as ReceiverSettings
from tests.contract.tables import ROOT

NGINX = (ROOT / "deploy/nginx/nginx.conf").read_text("utf-8")
HAPROXY = (ROOT / "deploy/haproxy/haproxy.cfg").read_text("utf-8")
LONGEST_TOKEN = 8192
MIB = 1024**2


def nginx_location(path: str) -> str:
    """What is set for a path."""
    found = re.search(rf"location =? ?{re.escape(path)} \{{(.*?)\n        \}}", NGINX, re.DOTALL)
    assert found, path
    return found[1]


def number(pattern: str, text: str) -> int:
    found = re.search(pattern, text)
    assert found, pattern
    return int(found[1])


def longest_silence_seconds() -> float:
    """How long a living socket may be silent: a ping's interval, and the time its answer may take."""
    fields = GatewaySettings.model_fields
    return float(fields["ping_interval"].default + fields["connection_timeout"].default) / 1000


def test_idle_sockets_outlive_the_proxies_patience() -> None:
    """The gateway ends what is dead; a proxy that did so first would end what lives."""
    sockets = nginx_location("/ws")

    assert number(r"proxy_read_timeout (\d+)s", sockets) > longest_silence_seconds() + 5
    assert number(r"proxy_send_timeout (\d+)s", sockets) > longest_silence_seconds() + 5
    assert number(r"timeout tunnel (\d+)s", HAPROXY) > longest_silence_seconds() + 5


def test_polls_end_before_the_proxies_patience() -> None:
    """The longest wait, after the longest that finding the channels takes."""
    longest = LONGEST_WAIT_SECONDS + FOLLOW_TIMEOUT_SECONDS

    assert number(r"proxy_read_timeout (\d+)s", nginx_location("/realtime/poll")) > longest + 10
    assert number(r"timeout server (\d+)s", HAPROXY) > longest + 10
    assert number(r"timeout client (\d+)s", HAPROXY) > longest + 10


def test_longest_request_heads_fit() -> None:
    """nginx has a buffer a line, HAProxy one for the whole head, of which it keeps 1 KiB to itself."""
    assert number(r"large_client_header_buffers 4 (\d+)k", NGINX) * 1024 >= LONGEST_URL + 1024
    assert number(r"tune.bufsize (\d+)", HAPROXY) >= LONGEST_URL + LONGEST_TOKEN + 2048


def test_largest_bodies_pass() -> None:
    """The services' own limits are the ones that clients meet."""
    webhook = ReceiverSettings.model_fields["max_body_bytes"].default
    upload = WorkerSettings.model_fields["media_max_bytes"].default

    assert number(r"client_max_body_size (\d+)m", nginx_location("/webhooks/")) * MIB > webhook
    assert number(r"client_max_body_size (\d+)m", nginx_location("/")) * MIB > upload
