"""The committed configurations, with a test's ports and paths in place of those of production."""

import getpass
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from deploy.local.settings import repository_root
from tests.integration.realtime_gateway.proxies.certificate import Certificate

NGINX = repository_root() / "deploy/nginx/nginx.conf"
HAPROXY = repository_root() / "deploy/haproxy/haproxy.cfg"


@dataclass(frozen=True)
class Ports:
    """Where the proxy listens, and what stands behind it. The keys of `behind` are production's ports."""

    https: int
    http: int
    behind: Mapping[int, int]


def nginx_configuration(folder: Path, certificate: Certificate, ports: Ports) -> Path:
    """nginx's, written to a file. Its workers are who runs the test, who alone may enter the folder."""
    changes = {
        r"user www-data;": f"user {getpass.getuser()};" if os.geteuid() == 0 else "",
        r"/run/nginx\.pid": str(folder / "nginx.pid"),
        r"/var/log/nginx/error\.log": "stderr",
        r"/var/log/nginx/access\.log": str(folder / "access.log"),
        r"/var/lib/nginx/body": str(folder / "body"),
        r"/etc/prosa/tls/fullchain\.pem": str(certificate.chain),
        r"/etc/prosa/tls/privkey\.pem": str(certificate.key),
        r"listen 80 ": f"listen 127.0.0.1:{ports.http} ",
        r"listen 443 ": f"listen 127.0.0.1:{ports.https} ",
    }
    return _written(folder / "nginx.conf", NGINX.read_text("utf-8"), changes | _behind(ports))


def haproxy_configuration(folder: Path, certificate: Certificate, ports: Ports) -> Path:
    """HAProxy's, written to a file. Only root can change its user and its root directory."""
    unprivileged = {r"    user haproxy\n    group haproxy\n    chroot /var/lib/haproxy\n": ""}
    changes = {
        r"maxconn 20000": "maxconn 1000",  # this machine's limit of open files may be lower than production's
        r"/etc/prosa/tls/prosa\.pem": str(certificate.both),
        r"bind :80\n": f"bind 127.0.0.1:{ports.http}\n",
        r"bind :443 ": f"bind 127.0.0.1:{ports.https} ",
        **({} if os.geteuid() == 0 else unprivileged),
    }
    checked = {
        rf"check port {gateway}\n": f"check port {port}\n"
        for gateway, port in ports.behind.items()
        if gateway in {8083, 8093}
    }
    return _written(folder / "haproxy.cfg", HAPROXY.read_text("utf-8"), changes | checked | _behind(ports))


def _behind(ports: Ports) -> dict[str, str]:
    return {rf"127\.0\.0\.1:{known}\b": f"127.0.0.1:{port}" for known, port in ports.behind.items()}


def _written(path: Path, text: str, changes: Mapping[str, str]) -> Path:
    for pattern, replacement in changes.items():
        text, times = re.subn(pattern, lambda _found, new=replacement: new, text)  # type: ignore[misc]
        assert times, f"{pattern} is not in {path.name} any more"
    path.write_text(text, "utf-8")
    return path
